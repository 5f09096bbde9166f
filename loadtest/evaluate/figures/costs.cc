#include "loadtest/evaluate/figures/costs.h"

#include <time.h>

#include <algorithm>

namespace segue {

double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void Times::add(double micros) {
  total_ += micros;
  if (latest_.size() < kLatestMax) {
    latest_.push_back(static_cast<float>(micros));
  } else {
    latest_[count_ % kLatestMax] = static_cast<float>(micros);
  }
  ++count_;
}

}  // namespace segue
