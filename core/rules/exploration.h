#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ranking.h"

namespace segue {

// Numbers that follow from a seed alone, the same on every machine (SplitMix64; Steele, Lea and
// Flood, 2014).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  double unit();  // 0 up to but not 1

 private:
  std::uint64_t state_;
};

// Gives a share of a list's places to tracks that the ranking would not show, the less played the
// likelier, so that what nobody has heard gets a chance and what is learned from lists can be
// corrected for who was shown what. The first places are never given away.
class Exploration {
 public:
  // `share` of the places, 0 to 1; `others`: what may be shown there, best first.
  Exploration(const Query& query, const Ranking& ranking, double share,
              std::vector<std::size_t> others, std::uint64_t seed);

  // A track for this place (0 = first), or none: then the ranking's own. Requires: places in order.
  bool takes(std::size_t place);
  Placed draw();
  // How likely the ranking's own track was to be shown here, given what stands above.
  float kept(std::size_t place) const;

 private:
  double chance(std::size_t place) const;

  const Query& query_;
  const Ranking& ranking_;
  double share_;
  std::vector<std::size_t> others_;
  std::vector<double> weights_;  // by position in others_; empty until the first is drawn
  Draws draws_;
};

}  // namespace segue
