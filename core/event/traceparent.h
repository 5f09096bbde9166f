#pragma once

#include <string>
#include <string_view>

#include "core/event/event.h"

// The W3C Trace Context of an event: "00-TRACE-SPAN-FLAGS" in hexadecimal, in its header
// `traceparent`.
namespace segue {

inline constexpr std::string_view kTraceparentHeader = "traceparent";

// Whether it is as W3C writes it: small letters, no zero ids, a version that may be.
bool is_traceparent(std::string_view text);

// Empty: the record has none, or what it has is none. Headers are bytes; this is text.
std::string traceparent_of(const Record& record);

// The 32 digits of the trace and the 16 of the span. Require: is_traceparent(text).
std::string_view trace_id_in(std::string_view text);
std::string_view span_id_in(std::string_view text);

}  // namespace segue
