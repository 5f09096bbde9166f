#include "loadtest/evaluate/baselines/popularity.h"

#include <algorithm>
#include <cmath>

namespace segue::baseline {

void DecayedPopularity::teach(const Moment& before, Track track) {
  const double now = static_cast<double>(before.now) / static_cast<double>(kHalfLife);
  double& heat = at(heat_, track);
  heat = now + std::log2(1 + std::exp2(heat - now));

  std::erase(best_, track);
  const auto hotter = [&](Track a, Track b) {
    return heat_[a] != heat_[b] ? heat_[a] > heat_[b] : a < b;
  };
  best_.insert(std::ranges::upper_bound(best_, track, hotter), track);
  if (best_.size() > kListMax) best_.pop_back();
}

}  // namespace segue::baseline
