#include "core/rules/exploration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace segue {
namespace {

// Autoplay takes the first place, and the next two are what is seen without looking.
constexpr std::size_t kFirstPlace = 3;
// What the listener knows needs no exploring.
constexpr double kKnown = 0.1;

double weight_of(const Query& query, const Candidate& candidate) {
  const double plays = std::exp2(static_cast<double>(query.models()[candidate.slot].log2_plays));
  return (candidate.repeat >= 0 ? kKnown : 1.0) / (1 + plays);
}

}  // namespace

double Draws::unit() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  return static_cast<double>(z >> 11U) * 0x1p-53;
}

Exploration::Exploration(const Query& query, const Ranking& ranking, double share,
                         std::vector<std::size_t> others, std::uint64_t seed)
    : query_(query), ranking_(ranking), share_(share), others_(std::move(others)), draws_(seed) {}

double Exploration::chance(std::size_t place) const {
  return place < kFirstPlace || others_.empty() ? 0 : share_;
}

bool Exploration::takes(std::size_t place) {
  const double chance_here = chance(place);
  return chance_here > 0 && draws_.unit() < chance_here;
}

float Exploration::kept(std::size_t place) const { return static_cast<float>(1 - chance(place)); }

Placed Exploration::draw() {
  if (weights_.empty()) {
    for (const std::size_t i : others_) {
      weights_.push_back(weight_of(query_, ranking_.candidates()[i]));
    }
  }
  const double all = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  double left = draws_.unit() * all;
  std::size_t at = 0;
  while (at + 1 < weights_.size() && left >= weights_[at]) left -= weights_[at++];
  const Placed drawn{others_[at], static_cast<float>(share_ * weights_[at] / all)};
  others_.erase(others_.begin() + static_cast<std::ptrdiff_t>(at));
  weights_.erase(weights_.begin() + static_cast<std::ptrdiff_t>(at));
  return drawn;
}

}  // namespace segue
