#include "core/io/store/s3_text.h"

#include <expat.h>

#include <charconv>
#include <functional>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

namespace segue::io {
namespace {

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kTextMax = 4'096;

struct ParserFree {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

// Calls `take(parent, name, text)` for every element, once it ends. No document type, so no
// entities but XML's own five.
class Elements {
 public:
  using Take =
      std::function<void(std::string_view parent, std::string_view name, std::string_view text)>;

  explicit Elements(Take take) : take_(std::move(take)), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* to, const XML_Char* name, const XML_Char**) {
          static_cast<Elements*>(to)->begin(name);
        },
        [](void* to, const XML_Char*) { static_cast<Elements*>(to)->end(); });
    XML_SetCharacterDataHandler(parser_.get(), [](void* to, const XML_Char* text, int size) {
      static_cast<Elements*>(to)->add({text, static_cast<std::size_t>(size)});
    });
    XML_SetStartDoctypeDeclHandler(
        parser_.get(), [](void* to, const XML_Char*, const XML_Char*, const XML_Char*, int) {
          static_cast<Elements*>(to)->stop();
        });
  }

  // False: it is no such text, or only its beginning.
  bool read(std::string_view xml) {
    if (xml.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
    return XML_Parse(parser_.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) ==
           XML_STATUS_OK;
  }

 private:
  void begin(std::string_view name) {
    if (path_.size() >= kDepthMax) return stop();
    path_.emplace_back(name);
    text_.clear();
  }
  void add(std::string_view text) {
    if (text_.size() + text.size() > kTextMax) return stop();
    text_ += text;
  }
  void end() {
    const std::string name = std::move(path_.back());
    path_.pop_back();
    take_(path_.empty() ? std::string_view() : path_.back(), name, text_);
    text_.clear();
  }
  void stop() { XML_StopParser(parser_.get(), XML_FALSE); }

  const Take take_;
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserFree> parser_;
  std::vector<std::string> path_;
  std::string text_;
};

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<S3Page> read_s3_page(std::string_view xml) {
  S3Page page;
  S3Object object;
  bool good = true;
  bool is_page = false;
  Elements elements([&](std::string_view parent, std::string_view name, std::string_view text) {
    if (parent.empty()) {
      is_page = name == "ListBucketResult";
    } else if (parent == "ListBucketResult" && name == "Contents") {
      good = good && !object.name.empty();
      page.objects.push_back(std::exchange(object, {}));
    } else if (parent == "ListBucketResult" && name == "NextContinuationToken") {
      page.next = text;
    } else if (parent == "Contents" && name == "Key") {
      object.name = text;
    } else if (parent == "Contents" && name == "Size") {
      good = good && read_number(text, object.bytes);
    } else if (parent == "Contents" && name == "LastModified") {
      const auto time = parse_time(text);
      good = good && time.has_value();
      if (time) object.modified = *time;
    }
  });
  const bool whole = elements.read(xml);
  if (!whole || !is_page || !good) return error(Reason::malformed, "no list of objects");
  return page;
}

S3Problem read_s3_problem(std::string_view xml) {
  S3Problem problem;
  Elements elements([&](std::string_view parent, std::string_view name, std::string_view text) {
    if (parent != "Error") return;
    if (name == "Code") problem.code = text;
    if (name == "Region") problem.region = text;
  });
  return elements.read(xml) ? problem : S3Problem();
}

std::string query_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return encoded;
}

}  // namespace segue::io
