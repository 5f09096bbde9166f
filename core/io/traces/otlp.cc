#include "core/io/traces/otlp.h"

#include <array>

#include "core/event/traceparent.h"
#include "core/wire/json_text.h"

namespace segue::io {
namespace {

constexpr std::int64_t kError = 2;

// 64-bit numbers are texts in protobuf's JSON.
std::string nanos(Micros at) { return std::to_string(at) + "000"; }

std::string hex(std::uint64_t id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, id >>= 4) {
    *digit = kDigits[id & 0xF];
  }
  return text;
}

void append_attribute(std::string& list, std::string_view key, std::string_view value) {
  if (list.back() != '[') list += ',';
  json::ObjectWriter attribute(list);
  attribute.text("key", key);
  json::ObjectWriter content(attribute.member("value"));
  content.text("stringValue", value);
  content.close();
  attribute.close();
}

void append_span(std::string& list, const Span& span, std::uint64_t id) {
  if (list.back() != '[') list += ',';
  json::ObjectWriter out(list);
  out.text("traceId", trace_id_in(span.traceparent));
  out.text("spanId", hex(id));
  out.text("parentSpanId", span_id_in(span.traceparent));
  out.text("name", span.name);
  out.number("kind", static_cast<std::int64_t>(span.kind));
  out.text("startTimeUnixNano", nanos(span.from));
  out.text("endTimeUnixNano", nanos(span.to));
  if (span.failed) {
    json::ObjectWriter status(out.member("status"));
    status.number("code", kError);
    status.close();
  }
  out.close();
}

}  // namespace

std::string otlp_request(const Resource& resource, std::span<const Span> spans,
                         std::uint64_t first_id) {
  std::string text = R"({"resourceSpans":[{"resource":{"attributes":[)";
  append_attribute(text, "service.name", resource.program);
  append_attribute(text, "service.version", resource.version);
  append_attribute(text, "service.instance.id", resource.instance);
  text += R"(]},"scopeSpans":[{"scope":{"name":"segue"},"spans":[)";
  for (const Span& span : spans) append_span(text, span, first_id++);
  return text + "]}]}]}";
}

}  // namespace segue::io
