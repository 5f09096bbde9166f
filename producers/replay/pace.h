#pragma once

#include <cmath>
#include <cstdint>

#include "core/time.h"

namespace segue {

// When each event is due, decided beforehand: an open loop. A late sender sends at once and does
// not move what comes after. Pure.
class Pace {
 public:
  // As fast as possible: everything is due at once.
  static Pace unpaced() { return {}; }
  // Evenly spaced. Requires: more than 0.
  static Pace at_rate(double events_per_second) {
    Pace pace;
    pace.interval_us_ = 1e6 / events_per_second;
    return pace;
  }
  // As far apart as the events themselves, `speed` times faster. Requires: more than 0.
  static Pace at_speed(double speed, Micros first) {
    Pace pace;
    pace.speed_ = speed;
    pace.first_ = first;
    return pace;
  }

  bool paced() const { return interval_us_ > 0 || speed_ > 0; }

  // When event `i` (from 0), which happened at `time`, is due: microseconds after the beginning.
  Micros due(std::uint64_t i, Micros time) const {
    if (interval_us_ > 0) return std::llround(static_cast<double>(i) * interval_us_);
    if (speed_ > 0) return std::llround(static_cast<double>(time - first_) / speed_);
    return 0;
  }

 private:
  double interval_us_ = 0;
  double speed_ = 0;
  Micros first_ = 0;
};

}  // namespace segue
