#pragma once

#include <cstdint>
#include <vector>

#include "core/music/plan.h"

namespace segue::music {

// Where the voices may move.
struct Compass {
  std::uint8_t bass_low = 36;
  std::uint8_t bass_high = 55;
  std::uint8_t low = 53;  // of the three upper voices
  std::uint8_t high = 77;
};

// Voices each chord with four voices so that all together move least, and no two voices move in
// parallel fifths, octaves or unisons; by dynamic programming over all voicings (Viterbi, 1967).
// The bass has the root, or the third where that is nearer and the style allows.
// Requires: bass_high - bass_low >= 12, high - low >= 16.
std::vector<VoicedChord> voiced(const std::vector<Chord>& chords, Compass compass);

// Pairs of voices that move in parallel fifths, octaves or unisons.
int parallels(const VoicedChord& from, const VoicedChord& to);

}  // namespace segue::music
