#pragma once

#include <cstdint>
#include <vector>

namespace segue {

// The value that `share` of the values do not exceed; 0 of none.
double percentile(std::vector<float> values, double share);

// CPU time of the calling thread in microseconds: what others do on the machine is not in it.
// Asking takes a third of a microsecond.
double cpu_micros();

// Times of something done again and again. Remembers the latest million for percentiles.
class Times {
 public:
  void add(double micros);
  double mean() const { return count_ == 0 ? 0 : total_ / static_cast<double>(count_); }
  double at(double share) const { return percentile(latest_, share); }

 private:
  static constexpr std::size_t kLatestMax = 1'000'000;
  std::uint64_t count_ = 0;
  double total_ = 0;
  std::vector<float> latest_;
};

// The cost of the mix: CPU time an event and bytes kept.
struct Costs {
  double event_us_mean = 0;  // step and learn
  double event_us_p50 = 0;
  double event_us_p99 = 0;
  double step_us_mean = 0;  // all rankings and the ranker's learning
  double step_us_p50 = 0;
  double step_us_p99 = 0;
  double learn_us_mean = 0;  // of an event's signals and the models they change
  double listener_bytes_p50 = 0;
  double listener_bytes_max = 0;
  double item_bytes_mean = 0;   // what a trainer keeps
  double model_bytes_mean = 0;  // what a recommender holds
};

}  // namespace segue
