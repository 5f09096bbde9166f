#pragma once

#include <cstddef>
#include <vector>

#include "core/ranking/query.h"
#include "core/ranking/ranking.h"
#include "core/tuning.h"

namespace segue {

// Whether the player goes on by itself: what is heard now, or was heard last in this session, was
// no listener's choice.
bool plays_by_itself(const Query& query);

// Moves candidates that must wait behind others; `order` comes best first.
//
// Behind all others: a track that was skipped in this session, one that the player played by itself
// or plays now, and every track of an artist skipped twice in this session. The `cool_down_tracks`
// tracks that just played: back to the middle while the player goes on by itself; else only the
// first place goes to another, unless the listener comes back to tracks.
// None of this holds for a track that the listener chose twice among the session's last ten (they
// play it in a loop), nor for an artist by whom they chose a track after the skips.
void set_back(const Query& query, const Ranking& ranking, const Tuning& tuning,
              std::vector<std::size_t>& order);

}  // namespace segue
