#pragma once

#include <vector>

#include "loadtest/evaluate/baselines/moment.h"

namespace segue::baseline {

// Sums scores by track and takes the best. Kept over many rankings so that its memory is.
class Tally {
 public:
  // Requires: score > 0.
  void add(Track track, float score);
  // Takes a track out again; where it was not met, nothing.
  void forget(Track track);
  // The best kListMax into `list`, and all sums back to nothing.
  void take_best(std::vector<Track>& list);

 private:
  std::vector<float> scores_;  // by track; 0: not met
  std::vector<Track> met_;
};

}  // namespace segue::baseline
