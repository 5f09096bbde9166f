#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/list/recommendation.h"
#include "core/ranking/ranking.h"

namespace segue {

// A list with its reasons.
struct Explained {
  // The strongest sources' reasons; what the other sources add is one part, what the network adds
  // to the linear stage another. Together they sum to the item's score.
  std::vector<RecommendedTrack> items;
  std::shared_ptr<Texts> texts;  // of the reasons
  // Each source's contribution to all of them, together 1; negative ones are left out.
  std::vector<std::pair<std::string_view, float>> mix;
};

// Puts a track that was composed for what is wished into a list of at most k, in place of what it
// pushes out: first, or second for a newcomer. Nothing changes where the listener's setting or the
// share of composed tracks does not allow it, unless they ask for it (`asked`: the share does not
// count) or nothing else is there to stand first for a newcomer.
void place_composed(const Query& query, ItemModels::Slot track, std::string_view wish, bool asked,
                    std::size_t k, Explained& list);

// Requires: the ranking's last `run` was of this query and this ranker.
Explained explain(const Query& query, const Ranker& ranker, const Ranking& ranking,
                  std::span<const Placed> list);

}  // namespace segue
