#include "loadtest/evaluate/baselines/markov.h"

#include <algorithm>

namespace segue::baseline {

void Markov::rank(const Moment& moment, std::vector<Track>& list) {
  list.clear();
  if (moment.session_tracks.empty()) return;
  order_ = at(followers_, moment.session_tracks.back());
  const std::size_t size = std::min(order_.size(), kListMax);
  const auto middle = order_.begin() + static_cast<std::ptrdiff_t>(size);
  std::partial_sort(order_.begin(), middle, order_.end(), [](const Follower& a, const Follower& b) {
    return a.times != b.times ? a.times > b.times : a.latest > b.latest;
  });
  for (auto follower = order_.begin(); follower != middle; ++follower)
    list.push_back(follower->track);
}

void Markov::teach(const Moment& before, Track track) {
  ++listens_;
  if (before.session_tracks.empty()) return;
  auto& followers = at(followers_, before.session_tracks.back());
  auto known = std::ranges::find(followers, track, &Follower::track);
  if (known == followers.end()) {
    if (followers.size() < kFollowersMax) {
      known = followers.emplace(known);
    } else {
      known = std::ranges::min_element(followers, [](const Follower& a, const Follower& b) {
        return a.times != b.times ? a.times < b.times : a.latest < b.latest;
      });
    }
    *known = {.track = track, .times = 0, .latest = 0};
  }
  ++known->times;
  known->latest = listens_;
}

}  // namespace segue::baseline
