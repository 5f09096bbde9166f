#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/io/traces/span.h"

namespace segue::io {

// The program that made the spans.
struct Resource {
  std::string program;   // "segue-recommender"
  std::string version;   // of the build
  std::string instance;  // "host/4711"
};

// A request of OTLP/HTTP in JSON, as the collector's /v1/traces takes it. `first_id` numbers the
// spans, one after the other: not 0, and others in each request.
std::string otlp_request(const Resource& resource, std::span<const Span> spans,
                         std::uint64_t first_id);

}  // namespace segue::io
