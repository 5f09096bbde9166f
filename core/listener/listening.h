#pragma once

#include <vector>

#include "core/event/event.h"
#include "core/event/play_class.h"
#include "core/item/item_signal.h"
#include "core/listener/listener.h"
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
// Happened more than a session's gap before the latest event: an import, or a queue of another day.
// It counts at its own time, and the present session goes on without it.
bool is_late(const Listener& listener, const Event& event);
// Whether this play ended before the latest that the session knows of, as in a list that is newest
// first: it has no place behind that one.
bool is_out_of_order(const Listener& listener, const Event& event);
// Whether the listener wanted this track: what the player goes on with by itself is no wish. An end
// that does not say how its play began is judged by what is playing.
bool was_chosen(const Listener& listener, const Event& event);
// Begins a new session where the event belongs to one: the app says so, or nothing was heard for
// more than thirty minutes, whatever the app calls it. A session that began without an id takes the
// next that is sent, from whichever device, but not by `session.started` once something was heard.
// A private event is in a session of its own; when it is over, its context is forgotten. A request
// without a session is for the one that is on, private or not. Requires: the event is not late.
void enter_session(Listener& listener, const Event& event);
// Ends the session that is on where the event is of it, private or not: what comes next is of
// another, which has no id yet. Returns whether it was private. Requires: as `enter_session`.
bool end_session(Listener& listener, const Event& event);
// Whether the session that is on is private.
bool is_in_private(const Listener& listener);
// How a play that ended counts.
struct Counts {
  bool chosen = true;
  bool in_session = true;  // false: it has no place in the present session, or none at its end
};
// The ended play's signals about items. Requires: before `hear`.
std::vector<ItemSignal> signals_of(const Listener& listener, const Event& event, Counts counts);
// Items whose memory ended because there was no room for them any more.
using Left = std::vector<ItemId>;
// Adds listens' worth to the long-term taste for a track or an artist, or takes it away; never
// below none. Only what is strengthened is remembered where it was not.
void prefer(Listener& listener, TrackId track, float plays, Micros now, Left& left);
void prefer(Listener& listener, ArtistId artist, float plays, Micros now, Left& left);
// Moves the context and, unless the session is private, the long-term taste.
Left hear(Listener& listener, const Event& event, Counts counts = {});
// The signal by which trainers learn of it. Requires: some, at most ItemSignal::kLeftMax.
ItemSignal left_signal(const Event& event, Left left);
// All that the listener remembers.
Left all_remembered(const Listener& listener);

}  // namespace segue
