#pragma once

#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/tally.h"

namespace segue::baseline {

// Sequential rules (Ludewig & Jannach, 2018): a track that came d listens after another in a
// session adds 1/d to the rule between them, up to ten apart; a list holds the strongest rules of
// the session's latest track. At most kFollowersMax a track, the weakest out.
class SequentialRules {
 public:
  static constexpr std::string_view kName = "sequential rules";
  static constexpr std::size_t kReach = 10;
  static constexpr std::size_t kFollowersMax = 1'000;

  void rank(const Moment& moment, std::vector<Track>& list);
  void teach(const Moment& before, Track track);
  void hear(const Moment&, Track) {}

 protected:
  // From the rules of the latest `reach` tracks, each by 1/distance.
  void rank_from(const Moment& moment, std::size_t reach, std::vector<Track>& list);

 private:
  struct Rule {
    Track to = 0;
    float weight = 0;
  };
  std::vector<std::vector<Rule>> rules_;  // by the track before
  Tally tally_;
};

// The same rules asked for more than the paper asks: of the latest ten tracks, not of one.
class RulesOfTen : public SequentialRules {
 public:
  static constexpr std::string_view kName = "rules of ten tracks";

  void rank(const Moment& moment, std::vector<Track>& list) { rank_from(moment, kReach, list); }
};

}  // namespace segue::baseline
