#pragma once

#include "core/event/event.h"
#include "core/listener/listener.h"

// How much one listener may move what others see. A function of the listener's state and the event
// alone, and so of the log.
namespace segue {

// Shares of a whole listen, 0 to 1.
struct Influence {
  float track = 1;   // of the play for its track, and for what the track is heard with
  float artist = 1;  // for its artist
};

// Begins the event's day if the listener's is over by both clocks. Requires: before what follows.
void begin_day(Listener& listener, const Event& event);
// The weight of a play's end by this listener for others. Among a track's plays in a day the first
// is whole, the n-th 1 / n^2: all together they stay below two. Where the listener remembers n
// plays of it with this, on whatever days, (2 / n)^2 of that beyond the second; likes and saves are
// remembered as plays are, and what is taken back is not. Of an artist it falls more slowly.
// After more listens than a day has room for, and after erasures, all falls; of listeners who know
// few tracks all counts less. Requires: before `hear` and `count_today`.
Influence influence_of(const Listener& listener, const Event& event);
// Whether the listener played the track so often today that what is heard next to it says nothing
// new of either.
bool says_nothing_new(const Listener& listener, TrackId track);
// The same for the ranker, which learns from skips as well.
float lesson_of(const Listener& listener, const Event& event);
// One listen more on this day, in the listener's count and, where it is remembered, the track's and
// the artist's. Requires: after `hear`.
void count_today(Listener& listener, const Event& event, bool remembered);

}  // namespace segue
