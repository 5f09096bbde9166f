#pragma once

#include <cstdint>

#include "core/event/event.h"

namespace segue {

// How much of a track was heard, in the style of the Spotify skip data set (Brost et al., 2019),
// whose own thresholds are not public.
enum class PlayClass : std::uint8_t {
  very_brief,  // less than half, under 10 s: not even listened into
  brief,       // less than half, under 30 s
  part,        // less than half
  most,        // at least half
  full,        // at least 95 %
};

// Requires: the end of a play. A field that is absent is taken from the event's type; where only a
// fraction is known, from a track of usual length.
PlayClass class_of(const Event& event);

// A skip is a play that was broken off before half of it.
bool was_skipped(const Event& event);

// How much the end of a play speaks against its track, 0 to 1: 0 for a listen, and for a play that
// was stopped without a wish to hear something else.
float skip_weight(const Event& event);

}  // namespace segue
