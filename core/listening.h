#pragma once

#include <vector>

#include "core/event.h"
#include "core/item_signal.h"
#include "core/listener.h"
#include "core/play_class.h"
#include "core/tuning.h"

// How a listener's state follows what they hear. Nothing here knows a model: it is the part of
// `step` that a replay repeats exactly.
namespace segue {

// Heard before, as far as the listener's repeats go back.
bool knows(const Listener& listener, TrackId track);
bool knows(const Listener& listener, ArtistId artist);
// Whether this play is known to have ended.
bool has_ended(const Listener& listener, PlayId play);
// False if this play has ended before. A play without an id ends once an event.
bool close_play(Listener& listener, PlayId play);
// Begins a new session where the event belongs to one. What is private is a session of its own,
// whatever the app calls it; when it is over, its context is forgotten.
void enter_session(Listener& listener, const Event& event);
// What the ended play says of items. Requires: before `hear`.
std::vector<ItemSignal> signals_of(const Listener& listener, const Event& event);
// Items whose memory ended because there was no room for them any more.
using Left = std::vector<ItemId>;
// Adds listens' worth to the long-term taste for a track or an artist, or takes it away; never
// below none. Only what is strengthened is remembered where it was not.
void prefer(Listener& listener, TrackId track, float plays, Micros now, Left& left);
void prefer(Listener& listener, ArtistId artist, float plays, Micros now, Left& left);
// Moves the context and, unless the session is private, the long-term taste.
Left hear(Listener& listener, const Event& event);
// What the trainers have to know of it. Requires: some, at most ItemSignal::kLeftMax.
ItemSignal left_signal(const Event& event, Left left);
// All that the listener remembers.
Left all_remembered(const Listener& listener);

}  // namespace segue
