#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/math/draws.h"
#include "core/ranking/ranking.h"

namespace segue {

// Gives a share of a list's places to tracks that the ranking would not show, the less played and
// the nearer to being shown the likelier, so that an unheard track gets a chance and what is
// learned from lists can be corrected for who was shown what. The first places are never given
// away. Lives for one list.
class Exploration {
 public:
  // `share` of the places, 0 to 1; `shown`: candidates that the ranking itself shows.
  Exploration(const Query& query, const Ranking& ranking, double share,
              std::span<const std::size_t> shown, std::uint64_t seed);

  // Whether this place (0 = first) is given away. Requires: places in order.
  bool takes(std::size_t place);
  // A track for it that is not `placed` (by candidate); nothing if there is none.
  std::optional<Placed> draw(const std::vector<bool>& placed);
  // How likely the ranking's own track was to be shown here, given what stands above.
  float kept(std::size_t place) const;

 private:
  double chance(std::size_t place) const;
  void weigh();

  const Query& query_;
  const Ranking& ranking_;
  double share_;
  std::span<const std::size_t> shown_;
  std::vector<double> weights_;  // by candidate; empty until the first is drawn
  Draws draws_;
};

}  // namespace segue
