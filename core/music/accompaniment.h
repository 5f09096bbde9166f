#pragma once

#include <vector>

#include "core/generation/wish/specification.h"
#include "core/music/counts.h"
#include "core/music/plan.h"
#include "core/music/score.h"

namespace segue::music {

// The material of an accompanying part.
struct Ground {
  const Specification& piece;
  const Plan& plan;
  const std::vector<VoicedChord>& chords;
};

// A pitch moved by octaves until the instrument plays it well.
std::uint8_t into_range(int pitch, const Instrument& player);

// The chords in the style's texture.
std::vector<Note> chords_of(const Ground& ground, const Instrument& player);

// The bass line; counted styles draw rhythm and notes from the corpora.
std::vector<Note> bass_of(const Ground& ground, const Counts& counts, const Instrument& player);

// Long notes inside the harmony: one voice (1 to 3), or all three upper ones for an instrument that
// plays chords.
std::vector<Note> inner_of(const Ground& ground, std::size_t voice, const Instrument& player);

// The top voices as a tune, steps filled in where they move by a third: what a chorale sings.
std::vector<Note> soprano_of(const Ground& ground, const Instrument& player);

// Drums, over the whole piece; machines' patterns where the style names no drummers.
std::vector<Note> drums_of(const Ground& ground, const Counts& counts);

}  // namespace segue::music
