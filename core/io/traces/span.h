#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace segue::io {

// As OpenTelemetry numbers them.
enum class SpanKind : std::uint8_t { internal = 1, producer = 4, consumer = 5 };

// A stage of an event's way, of the trace that came with the event.
struct Span {
  std::string traceparent;  // the parent's; as W3C writes it
  std::string_view name;    // static
  SpanKind kind = SpanKind::internal;
  Micros from = 0;
  Micros to = 0;
  bool failed = false;
};

}  // namespace segue::io
