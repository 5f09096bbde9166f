#include "core/io/traces/otlp.h"

#include <array>
#include <vector>

#include "core/event/traceparent.h"
#include "core/ids.h"
#include "core/wire/otlp.h"

namespace segue::io {

std::string otlp_request(const Resource& resource, std::span<const Span> spans,
                         std::uint64_t first_id) {
  const std::array<otlp::Attribute, 3> made_by = {{{"service.name", resource.program},
                                                   {"service.version", resource.version},
                                                   {"service.instance.id", resource.instance}}};
  std::vector<otlp::Span> all;
  all.reserve(spans.size());
  for (const Span& span : spans) {
    all.push_back({.trace = std::string(trace_id_in(span.traceparent)),
                   .id = item_key(ItemId{first_id++}),  // sixteen digits of a number
                   .parent = std::string(span_id_in(span.traceparent)),
                   .name = span.name,
                   .kind = static_cast<std::int64_t>(span.kind),
                   .from = span.from,
                   .to = span.to,
                   .failed = span.failed});
  }
  return otlp::request(made_by, "segue", all);
}

}  // namespace segue::io
