#include "core/wire/json_fields.h"

#include <algorithm>
#include <cmath>

#include "core/wire/json_parse.h"

namespace segue::json {
namespace {

// Enough for the message, its lists and objects that later versions may add.
constexpr std::size_t kDepthMax = 16;

}  // namespace

Result<Document> Document::parse(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max)
    return error(Reason::too_large, "expected at most " + std::to_string(bytes_max) + " bytes");
  Document document;
  document.padded_ = simdjson::padded_string(text);
  if (document.parser_->allocate(std::max<std::size_t>(text.size(), 64), kDepthMax) !=
      simdjson::SUCCESS)
    throw std::bad_alloc();
  simdjson::dom::element root;
  if (const auto code = json::parse(*document.parser_, document.padded_, root);
      code != simdjson::SUCCESS)
    return error(code == simdjson::DEPTH_ERROR ? Reason::too_deep : Reason::malformed,
                 simdjson::error_message(code));
  if (root.get(document.root_) != simdjson::SUCCESS)
    return error(Reason::malformed, "expected a JSON object");
  return document;
}

bool has(const simdjson::dom::object& object, std::string_view name) {
  return object.at_key(name).error() == simdjson::SUCCESS;
}

std::string_view text_at(const simdjson::dom::object& object, std::string_view name) {
  std::string_view text;
  return object.at_key(name).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool FieldReader::find(std::string_view name, Need need, simdjson::dom::element& found) {
  if (object_.at_key(name).get(found) == simdjson::SUCCESS && !found.is_null()) return true;
  if (need == Need::required) {
    fail_with(error(Reason::missing_field, path_ + std::string(name) + " is missing"));
  }
  return false;
}

void FieldReader::fail(std::string_view name, std::string_view what) {
  fail_with(error(Reason::bad_field, path_ + std::string(name) + " " + std::string(what)));
}

std::string FieldReader::text(std::string_view name, std::size_t bytes_max, Need need) {
  simdjson::dom::element found;
  if (!find(name, need, found)) return {};
  std::string_view text;
  if (found.get(text) != simdjson::SUCCESS) {
    fail(name, "is not a text");
  } else if (text.size() > bytes_max || (text.empty() && need == Need::required)) {
    fail(name, "is empty or longer than " + std::to_string(bytes_max) + " bytes");
    text = {};
  }
  return std::string(text);
}

std::int64_t FieldReader::whole(std::string_view name, std::int64_t min, std::int64_t max,
                                std::int64_t absent) {
  simdjson::dom::element found;
  if (!find(name, Need::optional, found)) return absent;
  std::int64_t value = 0;
  if (found.get(value) == simdjson::SUCCESS && value >= min && value <= max) return value;
  fail(name, "is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return absent;
}

double FieldReader::number(std::string_view name, double min, double max, double absent) {
  simdjson::dom::element found;
  if (!find(name, Need::optional, found)) return absent;
  double value = 0;
  if (found.get(value) == simdjson::SUCCESS && value >= min && value <= max) return value;
  fail(name, "is not a number in its range");
  return absent;
}

bool FieldReader::flag(std::string_view name, bool absent) {
  simdjson::dom::element found;
  if (!find(name, Need::optional, found)) return absent;
  bool value = absent;
  if (found.get(value) != simdjson::SUCCESS) fail(name, "is not true or false");
  return value;
}

Micros FieldReader::time(std::string_view name, Need need) {
  const std::string said = text(name, 64, need);
  if (said.empty()) return 0;
  const Result<Micros> parsed = parse_time(said);
  if (parsed) return *parsed;
  fail_with(error(Reason::bad_time, path_ + std::string(name) + ": " + parsed.error().detail));
  return 0;
}

std::optional<simdjson::dom::object> FieldReader::object(std::string_view name, Need need) {
  simdjson::dom::element found;
  if (!find(name, need, found)) return std::nullopt;
  simdjson::dom::object inner;
  if (found.get(inner) == simdjson::SUCCESS) return inner;
  fail(name, "is not an object");
  return std::nullopt;
}

std::optional<simdjson::dom::array> FieldReader::list(std::string_view name, std::size_t max,
                                                      Need need) {
  simdjson::dom::element found;
  if (!find(name, need, found)) return std::nullopt;
  simdjson::dom::array list;
  if (found.get(list) == simdjson::SUCCESS && list.size() <= max) return list;
  fail(name, "is not a list of at most " + std::to_string(max));
  return std::nullopt;
}

}  // namespace segue::json
