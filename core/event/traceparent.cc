#include "core/event/traceparent.h"

#include <algorithm>

#include "core/check.h"

namespace segue {
namespace {

constexpr std::string_view kForm = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kSpanDigits = 16;
constexpr std::string_view kForbiddenVersion = "ff";

bool fits(char form, char c) {
  return form == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_zero(std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

bool is_traceparent(std::string_view text) {
  return std::ranges::equal(kForm, text, fits) && !text.starts_with(kForbiddenVersion) &&
         !is_zero(text.substr(kTraceAt, kTraceDigits)) &&
         !is_zero(text.substr(kSpanAt, kSpanDigits));
}

std::string traceparent_of(const Record& record) {
  const std::string_view text = header(record, kTraceparentHeader);
  return is_traceparent(text) ? std::string(text) : std::string();
}

std::string_view trace_id_in(std::string_view text) {
  SEGUE_CHECK(text.size() == kForm.size());
  return text.substr(kTraceAt, kTraceDigits);
}

std::string_view span_id_in(std::string_view text) {
  SEGUE_CHECK(text.size() == kForm.size());
  return text.substr(kSpanAt, kSpanDigits);
}

}  // namespace segue
