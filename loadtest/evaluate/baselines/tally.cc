#include "loadtest/evaluate/baselines/tally.h"

#include <algorithm>

namespace segue::baseline {

void Tally::add(Track track, float score) {
  float& sum = at(scores_, track);
  if (sum == 0) met_.push_back(track);
  sum += score;
}

void Tally::forget(Track track) {
  float& sum = at(scores_, track);
  if (sum > 0) sum = -1;
}

void Tally::take_best(std::vector<Track>& list) {
  const std::size_t size = std::min(met_.size(), kListMax);
  const auto middle = met_.begin() + static_cast<std::ptrdiff_t>(size);
  std::partial_sort(met_.begin(), middle, met_.end(), [&](Track a, Track b) {
    return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : a < b;
  });
  list.clear();
  for (auto track = met_.begin(); track != middle && scores_[*track] > 0; ++track)
    list.push_back(*track);
  for (const Track track : met_) scores_[track] = 0;
  met_.clear();
}

}  // namespace segue::baseline
