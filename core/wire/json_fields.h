#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace segue::json {

// A JSON text that stays readable as long as this lives. Moves, never copies.
class Document {
 public:
  // Errors: too_large, too_deep, malformed (also where the root is no object). Thread-safe.
  static Result<Document> parse(std::string_view text, std::size_t bytes_max);

  simdjson::dom::object root() const { return root_; }

 private:
  // Texts that are read point into the parser, which therefore stays where it is.
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::padded_string padded_;
  simdjson::dom::object root_;
};

// Whether it has a member of that name, be it null.
bool has(const simdjson::dom::object& object, std::string_view name);
// The text under that name; empty where there is none. Valid as long as the Document.
std::string_view text_at(const simdjson::dom::object& object, std::string_view name);

enum class Need : std::uint8_t { optional, required };

// Reads the fields of one object, and of objects within it, and keeps the first error; what is
// absent or null is the default that is given. Unknown fields are ignored. One thread; valid as
// long as the Document.
class FieldReader {
 public:
  explicit FieldReader(simdjson::dom::object object, std::string path = {})
      : object_(object), path_(std::move(path)) {}

  std::string text(std::string_view name, std::size_t bytes_max, Need need = Need::optional);
  std::int64_t whole(std::string_view name, std::int64_t min, std::int64_t max,
                     std::int64_t absent);
  double number(std::string_view name, double min, double max, double absent);
  bool flag(std::string_view name, bool absent);
  Micros time(std::string_view name, Need need);
  std::optional<simdjson::dom::object> object(std::string_view name, Need need);
  std::optional<simdjson::dom::array> list(std::string_view name, std::size_t max, Need need);
  // A word of a closed set, by its `parse`, which returns an optional.
  template <class Word>
  Word word(std::string_view name, std::optional<Word> (*parse)(std::string_view), Word absent,
            Need need = Need::optional) {
    const std::string said = text(name, kWordBytesMax, need);
    if (failed_ || said.empty()) return absent;
    const std::optional<Word> found = parse(said);
    if (!found) fail(name, "is a word that is not known here");
    return found.value_or(absent);
  }

  // A reader of an object within this one; its errors name the whole path. Take them over by
  // `adopt`.
  FieldReader within(std::string_view name, simdjson::dom::object inner) const {
    return FieldReader(inner, path_ + std::string(name) + ".");
  }
  void adopt(const FieldReader& inner) {
    if (inner.failed_) fail_with(*inner.failed_);
  }
  void fail(std::string_view name, std::string_view what);
  void fail_with(Error error) {
    if (!failed_) failed_ = std::move(error);
  }
  const std::optional<Error>& failed() const { return failed_; }

 private:
  static constexpr std::size_t kWordBytesMax = 64;

  bool find(std::string_view name, Need need, simdjson::dom::element& found);

  simdjson::dom::object object_;
  std::string path_;
  std::optional<Error> failed_;
};

}  // namespace segue::json
