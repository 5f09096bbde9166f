#pragma once

#include <cstdint>
#include <vector>

#include "core/ranking/query.h"
#include "core/ranking/ranking.h"
#include "core/tuning.h"

namespace segue {

// The list that is published: the ranking after all rules, at most `k` places, first first, no
// track twice. The same arguments give the same list.
//
// Barred tracks never stand in it (barred.h). Tracks that the listener asked for come before those
// that rank higher (asked.h). Tracks skipped, just played, or played by the player itself wait
// behind others (set_back.h). Places are then filled one by one by maximal marginal relevance
// (Carbonell and Goldstein, 1998), with not more than `artist_run_max` tracks of one artist in a
// row while there is another, and fewer while the player goes on by itself; a few are given to
// exploration (exploration.h). A placement's propensity is how likely it was to be made given those
// above it.
std::vector<Placed> arrange(const Query& query, const Ranking& ranking, const Tuning& tuning,
                            std::uint64_t seed);

}  // namespace segue
