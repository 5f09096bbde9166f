#pragma once

#include "core/event/event.h"
#include "core/listener/listener.h"

// How a listener is forgotten, and what is still taken from before that.
namespace segue {

// Erases, or takes back a consent: it counts however late it comes.
bool withdraws(const Event& event);
// The part of a late withdrawal that counts: what it takes back, and no consent that it gives.
Event withdrawal_of(const Event& event);

// The rest of a listener who asked to be forgotten with this event: when that was, so that what
// is sent again brings nothing back, which consents they withhold, and how much they have said
// today.
Listener erased(const Listener& listener, const Event& event);
// Nothing but an erasure stands there: a store may drop it once kErasureKept is well over. A
// refusal never fades.
bool fades(const Listener& listener);

}  // namespace segue
