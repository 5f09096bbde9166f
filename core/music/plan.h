#pragma once

#include <vector>

#include "core/generation/wish/specification.h"
#include "core/music/counts.h"
#include "core/music/score.h"
#include "core/music/style.h"

namespace segue::music {

// A chord before it is voiced.
struct Chord {
  std::int32_t onset = 0;  // ticks
  std::int32_t duration = 0;
  std::uint8_t degree = 0;    // of the scale, from 0
  std::uint16_t classes = 0;  // its pitch classes as bits
  std::uint8_t root = 0;      // pitch class
  bool has(int pitch) const { return (classes >> (pitch % 12) & 1) != 0; }
};

// The whole before any note: how long, which sections, which chords.
struct Plan {
  Metre metre;
  std::int32_t microseconds_per_quarter = 500'000;
  std::int32_t bars = 1;   // the last may be longer or shorter than the others
  std::int32_t ticks = 0;  // the piece's exact length
  std::int32_t last = 0;   // where the last chord, which is held, begins
  std::vector<Section> sections;
  std::vector<Chord> chords;
};

Plan plan_of(const Specification& specification, const Counts& counts);

// Lengths in bars whose sum is exactly `bars`, the cheapest by dynamic programming: eights before
// fours before what is left over; an opening and a close where there is room.
// Requires: bars > 0.
std::vector<std::int32_t> lengths_of(std::int32_t bars);

// Semitones above the tonic of the scale's seven notes.
const std::array<std::uint8_t, 7>& scale_of(Mode mode);

// The functional harmony of one section: degrees for a number of chords, the last of them a cadence
// (half: on the dominant; full: on the tonic).
std::vector<std::uint8_t> degrees_of(std::size_t chords, bool full, Key key, const Style& style,
                                     const Counts& counts, Draws& draws);

// The notes of a chord on this degree.
Chord chord_on(std::uint8_t degree, Key key, const Style& style);

}  // namespace segue::music
