#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/io/metrics/metric_spec.h"
#include "core/io/store/file_store.h"

namespace segue::io {

std::span<const MetricSpec> store_specs();

// The figures of the store of composed files, of a generator that keeps them and a gateway that
// plays them. Thread-safe.
class StoreMetrics {
 public:
  enum class Asked : std::uint8_t { put, get, look, make_room };
  // absent: there is no such file. away: the server does not answer, or is at fault. failed: the
  // store refuses what is asked, or its disk is full.
  enum class Outcome : std::uint8_t { done, absent, away, failed };

  explicit StoreMetrics(prometheus::Registry& registry);

  // There is a store, of so many bytes at most: from now on it has figures. At most once.
  void begin(std::uint64_t bytes_max);
  // Requires: `begin` was called.
  void count(Asked asked, Outcome outcome, double seconds);
  // Nothing: not known yet.
  void hold(const std::optional<FileStore::Held>& held);

 private:
  static constexpr std::size_t kAsked = 4;
  static constexpr std::size_t kOutcomes = 4;

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Gauge>& bytes_;
  prometheus::Family<prometheus::Gauge>& bytes_max_;
  prometheus::Family<prometheus::Gauge>& files_;
  std::array<std::array<prometheus::Counter*, kOutcomes>, kAsked> counters_{};
  std::array<prometheus::Histogram*, kAsked> times_{};
};

}  // namespace segue::io
