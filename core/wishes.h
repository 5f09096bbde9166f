#pragma once

#include "core/event.h"
#include "core/listener.h"

namespace segue {

// What listeners say, as opposed to what they play: feedback, playlists, requests, consent and the
// beginning of a session move their state here. Knows no model: a replay repeats it exactly.
// Returns whether the list must be made anew.
//
// A private session strengthens nothing; what is hidden or disliked in it stays hidden.
bool heed(Listener& listener, const Event& event);

}  // namespace segue
