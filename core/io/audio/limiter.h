#pragma once

#include "core/io/audio/sound.h"

namespace segue::io {

// Turns down, for some milliseconds around them, the peaks that would pass `ceiling` (1 is full
// scale) between samples too: peaks are looked for at four times the rate, as ITU-R BS.1770 does.
// The gain falls 5 ms before a peak and recovers within some 100 ms, alike on both sides.
void limit(Sound& sound, float ceiling);

}  // namespace segue::io
