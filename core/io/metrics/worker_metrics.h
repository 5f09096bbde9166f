#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/metrics/batch_report.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> worker_specs();

// The counts of every worker, whatever it reads. Part of Metrics, which guards it.
class WorkerMetrics {
 public:
  explicit WorkerMetrics(prometheus::Registry& registry);

  // `input` is the topic that the worker reads.
  void record(const BatchReport& report, std::string_view input);
  // One partition of the topic `input`, owned by this process or not.
  void lag(std::string_view input, const PartitionLag& lag);

 private:
  template <class Metric>
  using Family = prometheus::Family<Metric>;
  using Counter = prometheus::Counter;
  using Gauge = prometheus::Gauge;

  static constexpr std::size_t kOutcomes = 6;
  static constexpr std::size_t kEventTypes = static_cast<std::size_t>(EventType::other) + 1;
  static constexpr std::size_t kReasons = static_cast<std::size_t>(kLastReason) + 1;

  struct LagGauges {
    Gauge* events = nullptr;
    Gauge* seconds = nullptr;
    Gauge* state = nullptr;
  };

  // Families labelled by input topic; children are made when first needed and kept by enum. Dead
  // letters begin at 0: an alert reads their rate, which would miss the first of them.
  struct OfInput {
    std::string topic;
    std::array<std::array<Counter*, kOutcomes>, kEventTypes> events{};
    std::array<Counter*, kReasons> dead{};
    std::map<std::int32_t, LagGauges> lags;
    std::map<std::int32_t, Gauge*> attempts;  // of owned partitions
  };

  OfInput& of(std::string_view input);
  void count(OfInput& input, const EventCount& counted);
  void set(OfInput& input, const PartitionProgress& one);
  // Another process owns it now: two would report its attempts.
  void forget(OfInput& input, std::int32_t partition);

  Family<Counter>& events_;
  Family<Gauge>& lag_events_;
  Family<Gauge>& lag_seconds_;
  Family<Gauge>& state_;
  Family<Gauge>& attempts_;
  Family<Counter>& dead_;
  Family<Counter>& left_out_;
  prometheus::Histogram& batch_;
  std::array<prometheus::Histogram*, 4> stages_{};
  Counter& fenced_;
  Counter& rewinds_;
  Counter& apply_duplicates_;
  Counter* assigned_ = nullptr;
  Counter* revoked_ = nullptr;
  std::vector<std::unique_ptr<OfInput>> inputs_;
};

}  // namespace segue::io
