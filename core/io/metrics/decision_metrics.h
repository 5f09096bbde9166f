#pragma once

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <array>
#include <span>

#include "core/generation/decision.h"
#include "core/io/metrics/batch_report.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> decision_specs();

// Counts what recommenders decide of new music, and what came of it. Metrics guards it.
class DecisionMetrics {
 public:
  explicit DecisionMetrics(prometheus::Registry& registry);

  void record(const BatchReport& report);

 private:
  using Counter = prometheus::Counter;
  static constexpr std::size_t kCourses = 4;

  struct Arm {
    Counter* trials = nullptr;
    Counter* kept = nullptr;
    Counter* squares = nullptr;
  };

  void add(const DecisionMade& made);
  void add(const TrialEnd& end);

  prometheus::Family<Counter>& decisions_;
  std::array<std::array<Counter*, kRules>, kCourses> counts_{};
  std::array<Counter*, 2> offers_{};          // [accepted]
  std::array<Counter*, 2> plays_{};           // [kept]
  std::array<std::array<Arm, 2>, 2> arms_{};  // [composed][forced]
};

}  // namespace segue::io
