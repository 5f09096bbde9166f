#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/generation/wish/specification.h"
#include "core/music/score.h"

namespace segue::music {

enum class Texture : std::uint8_t {
  sustained,  // chords held, each voice moving only where it must
  strummed,   // bass and after-beats, as a guitar accompanies a dance
  comped,     // short chords off the beat
  arpeggio,   // broken chords
  pulsed,     // repeated eighths
  stabbed,    // short chords between the beats of a kick drum
};

enum class BassLine : std::uint8_t { held, root_fifth, walking, counted, offbeat };

// How a genre sounds: what the corpora do not say, or must not decide alone.
struct Style {
  std::string_view melody;  // table of intervals, "melody." before it
  std::string_view rhythm;  // tables of rhythms, "rhythm." before it
  std::string_view chords;  // table of degrees, "chords." before it
  std::string_view feel;    // tables of drums; empty: a machine's pattern
  Texture texture;
  BassLine bass;
  std::array<std::uint8_t, 4> metres;  // beats a bar, one is drawn; 12: four beats of three parts
  std::uint8_t bars_a_chord = 1;       // 0: two chords a bar
  bool sevenths = false;
  bool classical_minor = false;           // the dominant of minor is major
  std::uint8_t swing = 50;                // where in a beat its second half falls, per cent
  std::uint8_t notes_a_bar = 6;           // of the melody, at an energy of 0.5
  std::int8_t register_shift = 0;         // of the melody, in semitones
  std::uint8_t breath = 25;               // bars of a melody that may stay empty, per cent
  std::uint8_t legato = 95;               // sounding share of a note, per cent
  std::array<std::string_view, 3> forms;  // letters in order; one is drawn, repeated as needed
};

const Style& style_of(Genre genre);

// The changes that a mood makes.
struct Colour {
  std::int8_t register_shift = 0;  // semitones
  std::int8_t density = 0;         // per cent more notes
  std::int8_t legato = 0;          // per cent more of each note
  std::int8_t loudness = 0;        // velocity
  std::int8_t spread = 0;          // velocity between strong and weak beats
};

Colour colour_of(Mood mood);

// The energy in per cent, a whole number: what is decided by it is the same in every build.
int energy_of(const Specification& specification);

// The metre of this piece.
Metre metre_of(const Specification& specification);

}  // namespace segue::music
