#pragma once

#include <prometheus/collectable.h>

#include <span>
#include <vector>

#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> process_specs();

// The process as Linux sees it, under the names that Prometheus' own libraries use; read from /proc
// at each scrape. What cannot be read is left out.
class ProcessMetrics : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace segue::io
