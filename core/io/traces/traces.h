#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/traces/span.h"

namespace segue::io {

class Metrics;

// Whether this trace's spans are exported: it is sampled, as its flags say, and falls into the
// share. Each program decides in the same way. `share`: from 0 to 1. Requires:
// is_traceparent(traceparent).
bool is_exported(std::string_view traceparent, double share);

// Sends spans to a collector (OTLP over HTTP, JSON), on a thread of its own. Off, and free, without
// traces.endpoint. Never waits for the collector: while that is away spans wait, at most
// kWaitingMax; more are dropped and counted. Thread-safe.
class Traces {
 public:
  static constexpr std::size_t kWaitingMax = 8'192;

  // Throws SettingsError as check_traces does. `metrics` outlives this.
  Traces(const TracesConfig& config, std::string_view program, std::string_view version,
         Metrics& metrics);
  // Sends what waits, for a second at most.
  ~Traces();
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  // Whether a span of this parent would be exported; false for what is no traceparent.
  bool wants(std::string_view traceparent) const;
  // Those that are wanted; the others are left out.
  void add(std::vector<Span> spans);

 private:
  class Exporter;
  const double share_;
  std::unique_ptr<Exporter> exporter_;  // null: off
};

}  // namespace segue::io
