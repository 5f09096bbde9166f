#pragma once

#include <cstdint>
#include <span>

#include "core/ids.h"
#include "core/listener/listener.h"

// The list that was published while nothing played: the listener's own record of it, on which their
// next listen is scored, whatever models and ranker are by then. A track is known in it by the low
// half of its id.
namespace segue {

// `offset`: of the event that caused it; `list`: first first.
void remember_list(Listener& listener, std::int64_t offset, std::span<const ItemId> list);
// 1 = first; 0 = not in it.
std::int32_t place_in_list(const Listener& listener, TrackId track);

}  // namespace segue
