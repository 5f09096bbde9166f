#pragma once

#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/moment.h"

namespace segue::baseline {

// A first-order Markov chain: what came directly after the latest track in any session, most often
// first; of equals the latest. At most kFollowersMax a track, the rarest out.
class Markov {
 public:
  static constexpr std::string_view kName = "Markov(1)";
  static constexpr std::size_t kFollowersMax = 1'000;

  void rank(const Moment& moment, std::vector<Track>& list);
  void teach(const Moment& before, Track track);
  void hear(const Moment&, Track) {}

 private:
  struct Follower {
    Track track = 0;
    std::uint32_t times = 0;
    std::uint64_t latest = 0;  // number of the listen
  };
  std::vector<std::vector<Follower>> followers_;  // by the track before
  std::vector<Follower> order_;                   // scratch
  std::uint64_t listens_ = 0;
};

}  // namespace segue::baseline
