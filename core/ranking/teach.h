#pragma once

#include "core/event/event.h"
#include "core/list/recommendation.h"
#include "core/listener/listener.h"
#include "core/ranking/learned/ranker.h"
#include "core/ranking/ranking.h"
#include "core/tuning.h"

namespace segue {

// How a ranking that is learned from is made: of fewer candidates.
Tuning tuned_for_learning(const Tuning& tuning);

// How the list published before this listen did on it, by the listener's own record of that list,
// whatever models and ranker are by now; none at a session's start. Requires: before `teach`.
std::optional<Score> score_of(const Listener& listener, const Event& event, const Query& query,
                              const Ranking& ranking);

// The lesson of a play's end: the ranker and the listener's own weights which candidate was
// right, and the listener's record of the sources which of them had proposed it. `chosen`: the
// listener wanted the track. Requires: `ranking` is this listener's, of the moment before the
// play's end is remembered, and the listener consents to learning.
void teach(Listener& listener, Ranker& ranker, const Event& event, bool chosen, Ranking& ranking,
           const Tuning& tuning);

}  // namespace segue
