#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "core/io/metrics/batch_report.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> generation_specs();

// A generator's jobs, in figures. Part of Metrics, which guards it.
class GenerationMetrics {
 public:
  explicit GenerationMetrics(prometheus::Registry& registry);

  void record(const BatchReport& report);

 private:
  prometheus::Counter& counter_of(const JobEnd& end);
  void add(const JobEnd& end);
  void add(const PieceMade& piece);

  prometheus::Family<prometheus::Counter>& jobs_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Gauge>& ratio_;
  prometheus::Family<prometheus::Gauge>& open_;
  std::map<std::pair<std::string_view, std::string_view>, prometheus::Counter*> ends_;
  std::array<prometheus::Histogram*, 4> stages_{};
  prometheus::Gauge* realtime_ratio_ = nullptr;
  prometheus::Gauge* jobs_open_ = nullptr;
};

}  // namespace segue::io
