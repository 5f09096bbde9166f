#pragma once

#include <string>
#include <string_view>

#include "core/music/score.h"
#include "core/result.h"

namespace segue::music {

// A Standard MIDI File of format 1, 480 ticks to the quarter: one track with tempo, metre and key,
// then one for each part. The same score gives the same bytes.
std::string midi(const Score& score);

// Reads what `midi` writes; roles, sections and chords do not travel. Strict: other files, other
// events, notes that never end or overlap themselves are errors (malformed), in one line.
Result<Score> read_midi(std::string_view bytes);

}  // namespace segue::music
