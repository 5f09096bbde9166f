#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <optional>
#include <span>

#include "core/io/kafka/kafka_figures.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> client_specs();

// librdkafka's own figures, of the consumers that workers read with and the producer of the
// gateway. One thread at a time.
class ClientMetrics {
 public:
  explicit ClientMetrics(prometheus::Registry& registry);
  void update(const std::array<std::optional<KafkaFigures>, kKafkaRoles>& figures);

 private:
  template <class Metric>
  using Family = prometheus::Family<Metric>;

  void update(std::size_t role, const KafkaFigures& now);

  Family<prometheus::Counter>& requests_;
  Family<prometheus::Counter>& failed_;
  Family<prometheus::Counter>& timed_out_;
  Family<prometheus::Counter>& connects_;
  Family<prometheus::Counter>& bytes_;
  Family<prometheus::Gauge>& waiting_;
  Family<prometheus::Gauge>& round_trip_;
  std::array<KafkaFigures, kKafkaRoles> counted_{};
};

}  // namespace segue::io
