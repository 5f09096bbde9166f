#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

// Requests of OTLP in JSON, as a collector's /v1/traces takes them (OpenTelemetry Protocol 1.0).
namespace segue::otlp {

using Attribute = std::pair<std::string_view, std::string>;

struct Span {
  std::string trace;   // 32 hexadecimal digits
  std::string id;      // 16
  std::string parent;  // 16; empty: it is the first
  std::string_view name;
  std::int64_t kind = 1;  // as OpenTelemetry numbers them; 1: internal
  Micros from = 0;
  Micros to = 0;
  bool failed = false;
  std::vector<Attribute> attributes = {};
};

// `resource` says who made the spans, "service.name" and what else there is; `scope` with what.
std::string request(std::span<const Attribute> resource, std::string_view scope,
                    std::span<const Span> spans);

}  // namespace segue::otlp
