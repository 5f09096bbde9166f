#include "core/wire/json_parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace segue::json {
namespace {

constexpr std::string_view kOfNumber = "+-.0123456789Ee";

template <class Number>
bool holds(std::string_view token) {
  Number value = 0;
  return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc();
}

std::string_view without_digits(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
}

// As RFC 8259, 6, has it: no zero before other digits, digits around a point.
bool is_number(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  const std::string_view after = without_digits(token);
  if (after.size() == token.size() || (token[0] == '0' && token.size() - after.size() > 1)) {
    return false;
  }
  token = after;
  if (token.starts_with('.')) {
    token = without_digits(after.substr(1));
    if (token.size() + 1 == after.size()) return false;
  }
  if (token.empty()) return true;
  if (token[0] != 'e' && token[0] != 'E') return false;
  token.remove_prefix(1);
  if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
  return !token.empty() && without_digits(token).empty();
}

// Empty where it fits, or is no number at all.
std::string nearest_double(const std::string& token) {
  if (!is_number(token)) return {};
  const bool whole = token.find_first_of(".Ee") == std::string::npos;
  if (whole && (holds<std::int64_t>(token) || holds<std::uint64_t>(token))) return {};
  const double value = std::strtod(token.c_str(), nullptr);  // programs keep the locale "C"
  if (std::isinf(value)) return value > 0 ? "1e308" : "-1e308";
  if (!whole) return {};
  // Never longer than the token, which has nineteen digits or more: the text still has its room.
  for (int decimals = 16;; --decimals) {
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%.*e", decimals, value);
    std::string printed(text, static_cast<std::size_t>(length));
    printed.erase(printed.find('+'), 1);
    if (printed.size() <= token.size()) return printed;
  }
}

// The place behind the text that begins at `from` with its quote.
std::size_t end_of_text(std::string_view json, std::size_t from) {
  for (std::size_t i = from + 1; i < json.size(); ++i) {
    if (json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      return i + 1;
    }
  }
  return json.size();
}

}  // namespace

std::string with_numbers_that_fit(std::string_view text) {
  std::string fitting;
  fitting.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const bool digits = text[i] == '-' || (text[i] >= '0' && text[i] <= '9');
    std::size_t end = i + 1;
    if (text[i] == '"') {
      end = end_of_text(text, i);
    } else if (digits) {
      end = std::min(text.find_first_not_of(kOfNumber, i), text.size());
    }
    std::string number = digits ? nearest_double(std::string(text.substr(i, end - i))) : "";
    fitting += number.empty() ? text.substr(i, end - i) : std::string_view(number);
    i = end;
  }
  return fitting;
}

simdjson::error_code parse(simdjson::dom::parser& parser, const char* padded, std::size_t bytes,
                           simdjson::dom::element& root) {
  const auto code = parser.parse(padded, bytes, false).get(root);
  if (code == simdjson::SUCCESS || code == simdjson::DEPTH_ERROR) return code;
  const std::string_view text(padded, bytes);
  const std::string fitting = with_numbers_that_fit(text);
  if (fitting == text) return code;
  const simdjson::padded_string again(fitting);
  return parser.parse(again).get(root);
}

simdjson::error_code parse(simdjson::dom::parser& parser, const simdjson::padded_string& text,
                           simdjson::dom::element& root) {
  return parse(parser, text.data(), text.size(), root);
}

}  // namespace segue::json
