#include "loadtest/evaluate/baselines/rules.h"

#include <algorithm>

namespace segue::baseline {

void SequentialRules::rank(const Moment& moment, std::vector<Track>& list) {
  rank_from(moment, 1, list);
}

void SequentialRules::rank_from(const Moment& moment, std::size_t reach, std::vector<Track>& list) {
  const auto tracks = moment.session_tracks;
  for (std::size_t d = 1; d <= std::min(reach, tracks.size()); ++d) {
    for (const Rule& rule : at(rules_, tracks[tracks.size() - d]))
      tally_.add(rule.to, rule.weight / static_cast<float>(d));
  }
  tally_.take_best(list);
}

void SequentialRules::teach(const Moment& before, Track track) {
  const auto tracks = before.session_tracks;
  for (std::size_t d = 1; d <= std::min(kReach, tracks.size()); ++d) {
    std::vector<Rule>& rules = at(rules_, tracks[tracks.size() - d]);
    const float weight = 1 / static_cast<float>(d);
    const auto known = std::ranges::find(rules, track, &Rule::to);
    if (known != rules.end()) {
      known->weight += weight;
    } else if (rules.size() < kFollowersMax) {
      rules.push_back({track, weight});
    } else {
      *std::ranges::min_element(rules, {}, &Rule::weight) = {track, weight};
    }
  }
}

}  // namespace segue::baseline
