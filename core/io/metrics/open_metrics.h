#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace segue::io {

// An observation that belongs to a trace, for a person who asks why a bucket is so slow.
struct Exemplar {
  std::string trace_id;
  double value = 0;
  double at = 0;  // seconds since 1970
};

// The latest exemplar of each bucket of a histogram without labels, by the bucket's upper bound.
using Exemplars = std::map<double, Exemplar>;

// OpenMetrics 1.0, which has exemplars where the plain text format has no place for them.
// `exemplars`: by the name of their histogram.
std::string open_metrics(const std::vector<prometheus::MetricFamily>& families,
                         const std::map<std::string, Exemplars, std::less<>>& exemplars);

}  // namespace segue::io
