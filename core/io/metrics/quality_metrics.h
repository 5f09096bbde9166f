#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/experiment.h"
#include "core/io/metrics/batch_report.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> quality_specs();

// How good the lists were, by variant: the control from the start, a trial once it is begun. Part
// of Metrics, which guards it.
class QualityMetrics {
 public:
  explicit QualityMetrics(prometheus::Registry& registry);

  // From now on there is a trial, and buckets of listeners to compare it by. At most once.
  void begin(const Experiment& experiment);
  // Requires: a trial's scores come after `begin`.
  void record(const BatchReport& report);

 private:
  static constexpr std::array<std::int32_t, 3> kCuts = {1, 10, 20};

  // The reciprocal ranks of the last scored listens, and their mean.
  class Recent {
   public:
    void add(double reciprocal_rank);
    double mean() const;

   private:
    std::vector<double> ring_;
    std::size_t at_ = 0;
    double sum_ = 0;
  };

  struct Bucket {
    prometheus::Counter* listens = nullptr;
    prometheus::Counter* hits = nullptr;
    prometheus::Counter* reciprocal_ranks = nullptr;
  };

  struct OfVariant {
    std::array<prometheus::Counter*, 2> scored{};                          // [new]
    std::array<std::array<prometheus::Counter*, 2>, kCuts.size()> hits{};  // [cut][new]
    prometheus::Counter* reciprocal_ranks = nullptr;
    prometheus::Counter* squares = nullptr;
    prometheus::Gauge* mrr = nullptr;
    prometheus::Gauge* coverage = nullptr;
    prometheus::Gauge* listeners = nullptr;  // while an experiment runs
    std::array<Bucket, kBuckets> buckets{};  // while an experiment runs
    Recent recent;
  };

  template <class Metric>
  using Family = prometheus::Family<Metric>;

  std::unique_ptr<OfVariant> add_variant(const std::string& name);
  void add_buckets(const std::string& name, double share, OfVariant& of);
  void add(const ScoredListen& listen);

  Family<prometheus::Counter>& scored_;
  Family<prometheus::Counter>& hits_;
  Family<prometheus::Counter>& reciprocal_ranks_;
  Family<prometheus::Counter>& squares_;
  Family<prometheus::Gauge>& mrr_;
  Family<prometheus::Gauge>& coverage_;
  Family<prometheus::Gauge>& share_;
  Family<prometheus::Gauge>& listeners_;
  Family<prometheus::Counter>& bucket_listens_;
  Family<prometheus::Counter>& bucket_hits_;
  Family<prometheus::Counter>& bucket_reciprocal_ranks_;
  std::array<std::unique_ptr<OfVariant>, kVariants> variants_;
};

}  // namespace segue::io
