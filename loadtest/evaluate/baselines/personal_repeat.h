#pragma once

#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/tally.h"

namespace segue::baseline {

// The listener's own tracks by how present they are in memory: ACT-R's base level (Anderson &
// Schooler, 1991; for music Reiter-Haas et al., RecSys 2021), Σ_j (t - t_j)^-0.5 over their listens
// of a track. Of a track the latest kTimesMax listens are kept, of a listener kTracksMax tracks,
// the longest unheard out.
class PersonalRepeat {
 public:
  static constexpr std::string_view kName = "personal repeat";
  static constexpr std::size_t kTracksMax = 2'000;
  static constexpr std::size_t kTimesMax = 16;

  void rank(const Moment& moment, std::vector<Track>& list);
  void teach(const Moment&, Track) {}
  void hear(const Moment& before, Track track);

 private:
  struct Heard {
    Track track = 0;
    std::vector<Micros> times;  // latest last
  };
  std::vector<std::vector<Heard>> listeners_;
  Tally tally_;
};

}  // namespace segue::baseline
