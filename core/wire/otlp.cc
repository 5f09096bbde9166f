#include "core/wire/otlp.h"

#include "core/wire/json_text.h"

namespace segue::otlp {
namespace {

constexpr std::int64_t kError = 2;

// 64-bit numbers are texts in protobuf's JSON.
std::string nanos(Micros at) { return std::to_string(at) + "000"; }

void append(std::string& list, std::span<const Attribute> attributes) {
  list += '[';
  for (const auto& [key, value] : attributes) {
    if (list.back() != '[') list += ',';
    json::ObjectWriter attribute(list);
    attribute.text("key", key);
    json::ObjectWriter content(attribute.member("value"));
    content.text("stringValue", value);
    content.close();
    attribute.close();
  }
  list += ']';
}

void append(std::string& list, const Span& span) {
  if (list.back() != '[') list += ',';
  json::ObjectWriter out(list);
  out.text("traceId", span.trace);
  out.text("spanId", span.id);
  if (!span.parent.empty()) out.text("parentSpanId", span.parent);
  out.text("name", span.name);
  out.number("kind", span.kind);
  out.text("startTimeUnixNano", nanos(span.from));
  out.text("endTimeUnixNano", nanos(span.to));
  if (!span.attributes.empty()) append(out.member("attributes"), span.attributes);
  if (span.failed) {
    json::ObjectWriter status(out.member("status"));
    status.number("code", kError);
    status.close();
  }
  out.close();
}

}  // namespace

std::string request(std::span<const Attribute> resource, std::string_view scope,
                    std::span<const Span> spans) {
  std::string text = R"({"resourceSpans":[{"resource":{"attributes":)";
  append(text, resource);
  text += R"(},"scopeSpans":[{"scope":)";
  json::ObjectWriter named(text);
  named.text("name", scope);
  named.close();
  text += R"(,"spans":[)";
  for (const Span& span : spans) append(text, span);
  return text + "]}]}]}";
}

}  // namespace segue::otlp
