#pragma once

#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/moment.h"

namespace segue::baseline {

// The tracks played most of late, the same for everybody: plays fade with a half-life of a day.
class DecayedPopularity {
 public:
  static constexpr std::string_view kName = "decayed popularity";
  static constexpr Micros kHalfLife = kDay;

  void rank(const Moment&, std::vector<Track>& list) const { list = best_; }
  void teach(const Moment& before, Track track);
  void hear(const Moment&, Track) {}

 private:
  std::vector<double> heat_;  // by track: log2 of its plays as they would count at time 0; 0: none
  std::vector<Track> best_;   // hottest first; all cool alike, so only a play changes the order
};

}  // namespace segue::baseline
