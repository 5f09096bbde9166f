#pragma once

#include "core/event/event.h"
#include "core/listener/listener.h"
#include "core/listener/listening.h"

namespace segue {

// What listeners say, as opposed to what they play: feedback, playlists, requests, consent and the
// beginning of a session move their state here. Knows no model: a replay repeats it exactly.
// Returns whether the list must be made anew; what there was no room for any more is added to
// `left`.
//
// A private session strengthens nothing; what is hidden or disliked in it stays hidden.
bool heed(Listener& listener, const Event& event, Left& left);

}  // namespace segue
