#pragma once

#include "core/event/event.h"
#include "core/listener/listener.h"
#include "core/listener/listening.h"

namespace segue {

// Listeners' words, as opposed to their plays: feedback, playlists, requests, consent and the
// beginning of a session move their state here. Knows no model: a replay repeats it exactly.
// Returns whether the list must be re-created; what there was no room for any more is added to
// `left`.
//
// A private session strengthens nothing; what is hidden or disliked in it stays hidden.
bool apply_wish(Listener& listener, const Event& event, Left& left);

// The listener as sources and ranker may see them. One who does not consent to lists of their own
// gets those of somebody unknown, made in `anybody`: nothing of their taste is in it, but what they
// hid or asked for counts.
const Listener& as_seen(const Listener& listener, Listener& anybody);

}  // namespace segue
