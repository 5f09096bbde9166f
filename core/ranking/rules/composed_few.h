#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/ranking/query.h"
#include "core/ranking/ranking.h"

// How much of what a machine made may stand in a list: a fifth of its places, and of what is heard
// in a session; nothing first for somebody new. Which tracks a listener's setting allows at all is
// decided where candidates are gathered.
namespace segue {

// The request's filter is for composed tracks alone: the list has as many as there are.
bool asks_for_composed(const Query& query);
// Somebody of whom too little is known to begin with what a machine made.
bool is_newcomer(const Listener& listener);
// Places of a list of k that such tracks may take now; 0 where one more play of them would be more
// than a fifth of the session's (of five, while it has fewer).
std::size_t composed_places(const Listener& listener, std::size_t k);
// Leaves of `order` as many such tracks as there are places for, the first ones, and none that was
// heard in this session.
void keep_few_composed(const Query& query, const Ranking& ranking, std::size_t k,
                       std::vector<std::size_t>& order);
// Puts another track first for a newcomer, or takes out what there is where there is no other.
void put_no_composed_first(const Query& query, const Ranking& ranking, std::vector<Placed>& list);

}  // namespace segue
