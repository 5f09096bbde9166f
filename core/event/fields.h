#pragma once

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event/event.h"
#include "core/words/printed.h"

namespace segue {

// Beyond it a double does not have each whole number.
constexpr double kWholeMax = 0x1p53;

enum class Need : bool { optional, required };

// As many whole characters as fit. Requires: UTF-8.
inline std::string first_bytes(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  text.resize(bytes_max);
  return text;
}

// Reads the fields of an event's JSON object, or of one inside it, and keeps the first error, so
// that a decoder reads as a list of fields.
class Fields {
 public:
  using element = simdjson::dom::element;
  using object = simdjson::dom::object;

  // `where` stands before the names of fields in errors: "filter." of those inside filter.
  explicit Fields(object json, std::string where = {}) : json_(json), where_(std::move(where)) {}

  // Null stands for nothing.
  bool has(std::string_view name) {
    element found;
    return find(name, Need::optional, found);
  }

  std::string_view id(std::string_view name, Need need) {
    element found;
    if (!find(name, need, found)) return {};
    std::string_view text;
    if (found.get_string().get(text) != simdjson::SUCCESS) return fail(name, "is not a text"), text;
    if (text.empty() || text.size() > kIdBytesMax) {
      fail(name, "is empty or longer than 128 bytes");
      return {};
    }
    return text;
  }

  // The id of a track or an artist, which somebody has to find again.
  std::string_view item_id(std::string_view name, Need need) {
    const std::string_view text = id(name, need);
    if (!text.empty() && !is_visible(text)) fail(name, "has nothing that can be seen");
    return text;
  }

  // Also where it is printed as 7.0, as by languages that have one kind of number.
  std::int64_t whole(std::string_view name, std::int64_t min, std::int64_t max,
                     std::int64_t absent) {
    element found;
    if (!find(name, Need::optional, found)) return absent;
    std::int64_t value = 0;
    bool good = found.get_int64().get(value) == simdjson::SUCCESS;
    if (double printed = 0; !good && found.get_double().get(printed) == simdjson::SUCCESS) {
      good = printed == std::floor(printed) && std::abs(printed) <= kWholeMax;
      if (good) value = static_cast<std::int64_t>(printed);
    }
    if (!good || value < min || value > max) {
      fail(name, "is not a whole number in its range");
      return absent;
    }
    return value;
  }

  double number(std::string_view name, double min, double max, double absent) {
    element found;
    if (!find(name, Need::optional, found)) return absent;
    double value = 0;
    if (found.get_double().get(value) != simdjson::SUCCESS || !(value >= min && value <= max)) {
      fail(name, "is not a number in its range");
      return absent;
    }
    return value;
  }

  std::optional<bool> flag(std::string_view name) {
    element found;
    if (!find(name, Need::optional, found)) return std::nullopt;
    bool value = false;
    if (found.get_bool().get(value) != simdjson::SUCCESS) fail(name, "is not true or false");
    return value;
  }

  std::string_view text(std::string_view name) {
    element found;
    std::string_view text;
    if (!find(name, Need::optional, found)) return text;
    if (found.get_string().get(text) != simdjson::SUCCESS) fail(name, "is not a text");
    return text;
  }

  // Empty also where something else stands: what only adds to an event never refuses it.
  std::string_view text_or_nothing(std::string_view name) {
    std::string_view text;
    if (json_[name].get_string().get(text) != simdjson::SUCCESS) return {};
    return text;
  }

  // A closed object: it has no other fields, none twice, and none is null, for what is ignored
  // would be another wish.
  void only(std::initializer_list<std::string_view> names) {
    std::vector<std::string_view> said;  // of these names, each once
    for (const auto& [name, value] : json_) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        std::string known;
        for (const std::string_view each : names)
          known += (known.empty() ? "" : ", ") + std::string(each);
        fail("", "has a field that is none of " + known);
      } else if (value.is_null()) {
        fail(name, "is null");
      } else if (std::find(said.begin(), said.end(), name) != said.end()) {
        fail(name, "stands twice");
      } else {
        said.push_back(name);
      }
    }
  }

  // A word of a wish: on one line, as long as it is kept.
  std::string word(std::string_view name) {
    return first_bytes(display_text(text(name)), Request::kWishedWordBytesMax);
  }

  std::vector<std::string> words(std::string_view name, std::size_t max,
                                 std::size_t bytes_max = Request::kWishedWordBytesMax) {
    element found;
    if (!find(name, Need::optional, found)) return {};
    simdjson::dom::array list;
    std::vector<std::string> words;
    bool good = found.get_array().get(list) == simdjson::SUCCESS && list.size() <= max;
    for (std::size_t i = 0; good && i < list.size(); ++i) {
      std::string_view text;
      good = list.at(i).get(text) == simdjson::SUCCESS;
      words.push_back(first_bytes(display_text(text), bytes_max));
    }
    if (!good) fail(name, "is not a list of at most " + std::to_string(max) + " texts");
    return words;
  }

  AiMusicSaid ai_music() {
    object json;
    element found;
    if (!find("ai_music", Need::optional, found)) return {};
    if (found.get_object().get(json) != simdjson::SUCCESS) {
      fail("ai_music", "is not a JSON object");
      return {};
    }
    Fields setting(json);
    AiMusicSaid said;
    const std::string_view mode = setting.text("mode");
    said.mode = ai_mode_of(mode);
    if (!mode.empty() && !said.mode) fail("ai_music.mode", "is not off, ask or on");
    for (std::size_t i = 0; i < kAiParts; ++i) {
      const auto wanted = setting.flag(kAiPartNames[i]);
      if (!wanted) continue;
      (*wanted ? said.allowed : said.refused) |= bit_of(static_cast<AiPart>(i));
    }
    if (setting.error_) fail_with(*setting.error_);
    return said;
  }

  Consent consent(Need need) {
    object json;
    element found;
    if (!find("consent", need, found)) return {};
    if (found.get_object().get(json) != simdjson::SUCCESS) {
      fail("consent", "is not a JSON object");
      return {};
    }
    Fields purposes(json);
    const Consent said{.personalisation = purposes.flag("personalisation"),
                       .learning = purposes.flag("learning")};
    if (purposes.error_) fail_with(*purposes.error_);
    return said;
  }

  // Their hashes, by `hash`; empty if absent.
  template <class Id>
  std::vector<Id> ids(std::string_view name, std::size_t max, Id (*hash)(std::string_view)) {
    element found;
    if (!find(name, Need::optional, found)) return {};
    simdjson::dom::array list;
    if (found.get_array().get(list) != simdjson::SUCCESS || list.size() > max) {
      fail(name, "is not a list of at most " + std::to_string(max) + " ids");
      return {};
    }
    std::vector<Id> ids;
    for (const element each : list) {
      std::string_view text;
      if (each.get_string().get(text) != simdjson::SUCCESS || text.empty() ||
          text.size() > kIdBytesMax || !is_visible(text)) {
        fail(name, "holds what is no id");
        return {};
      }
      ids.push_back(hash(text));
    }
    return ids;
  }

  // The objects of a list, read by `read`, which says what is wrong by their own names.
  template <class Read>
  void objects(std::string_view name, std::size_t max, Read read) {
    element found;
    if (!find(name, Need::optional, found)) return;
    simdjson::dom::array list;
    if (found.get_array().get(list) != simdjson::SUCCESS || list.size() > max) {
      return fail(name, "is not a list of at most " + std::to_string(max));
    }
    std::size_t i = 0;
    for (const element each : list) {
      const std::string here = where_ + std::string(name) + '[' + std::to_string(i++) + ']';
      object json;
      if (each.get_object().get(json) != simdjson::SUCCESS) {
        return fail_with(error(Reason::bad_field, here + " is not a JSON object"));
      }
      inside(Fields(json, here + '.'), read);
    }
  }

  // The object of this name, if it is there, read by `read`.
  template <class Read>
  void object_at(std::string_view name, Read read) {
    element found;
    if (!find(name, Need::optional, found)) return;
    object json;
    if (found.get_object().get(json) != simdjson::SUCCESS)
      return fail(name, "is not a JSON object");
    inside(Fields(json, where_ + std::string(name) + '.'), read);
  }

  std::optional<Micros> time(std::string_view name, std::string_view otherwise) {
    element found;
    std::string_view text = otherwise;
    if (find(name, Need::optional, found) && found.get_string().get(text) != simdjson::SUCCESS) {
      fail_with(error(Reason::bad_time, std::string(name) + " is not a text"));
      return std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    const Result<Micros> parsed = parse_time(text);
    if (parsed) return *parsed;
    fail_with(error(Reason::bad_time, std::string(name) + ": " + parsed.error().detail));
    return std::nullopt;
  }

  struct Target {
    std::string_view type;
    std::string_view id;
  };
  std::optional<Target> target() {
    object json;
    if (json_["target"].get_object().get(json) != simdjson::SUCCESS) return std::nullopt;
    Target target;
    if (json["type"].get_string().get(target.type) != simdjson::SUCCESS) return std::nullopt;
    Fields fields(json);
    target.id = fields.item_id("id", Need::required);
    if (fields.error_) fail_with(*fields.error_);
    return target;
  }

  void fail_with(Error e) {
    if (!error_) error_ = std::move(e);
  }
  const std::optional<Error>& failed() const { return error_; }

  void fail(std::string_view name, std::string_view what) {
    std::string field = where_ + std::string(name);
    if (field.ends_with('.')) field.pop_back();
    fail_with(error(Reason::bad_field, field + " " + std::string(what)));
  }

 private:
  template <class Read>
  void inside(Fields fields, Read read) {
    read(fields);
    if (fields.error_) fail_with(*std::move(fields.error_));
  }
  bool find(std::string_view name, Need need, element& found) {
    if (json_[name].get(found) == simdjson::SUCCESS && !found.is_null()) return true;
    if (need == Need::required) {
      fail_with(error(Reason::missing_field, where_ + std::string(name) + " is missing"));
    }
    return false;
  }

  object json_;
  std::string where_;
  std::optional<Error> error_;
};

}  // namespace segue
