#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/generation/wish/vocabulary.h"

// Composed music as data: what MIDI can say, and why it sounds as it does.
namespace segue::music {

inline constexpr std::int32_t kTicksPerQuarter = 480;

struct Note {
  std::int32_t onset = 0;     // ticks from the piece's start
  std::int32_t duration = 0;  // ticks, at least 1
  std::uint8_t pitch = 60;    // MIDI; on the drums' channel General MIDI's drum
  std::uint8_t velocity = 80;
  bool operator==(const Note&) const = default;
};

enum class Role : std::uint8_t { melody, chords, bass, inner, drums };

struct Part {
  std::string name;  // "melody, flute"
  Role role = Role::melody;
  std::uint8_t program = 0;      // General MIDI, counted from 0
  std::uint8_t channel = 0;      // 9: drums
  std::uint8_t level = 100;      // controller 7
  std::uint8_t pan = 64;         // controller 10; 64: middle
  std::vector<Note> notes = {};  // by onset, then pitch; one pitch never overlaps itself
};

struct Metre {
  std::uint8_t beats = 4;  // quarters in a bar: 2, 3 or 4
  bool triplets = false;   // a beat has three parts: what is also written as 12/8
  bool operator==(const Metre&) const = default;
};

// A stretch of bars with a letter: the same letter is the same music, varied.
struct Section {
  char letter = 'A';
  std::int32_t bar = 0;  // the first, from 0
  std::int32_t bars = 4;
  std::int32_t turn = 0;  // how often the letter was there before
};

// A chord as it is voiced, lowest first: bass and three upper voices.
struct VoicedChord {
  std::int32_t onset = 0;  // ticks
  std::int32_t duration = 0;
  std::uint8_t root = 0;    // pitch class
  std::uint8_t degree = 0;  // of the scale, from 0
  std::array<std::uint8_t, 4> voices = {};
};

struct Score {
  Key key;
  Metre metre;
  std::int32_t microseconds_per_quarter = 500'000;
  std::int32_t ticks = 0;  // the piece's length; no note ends later
  std::vector<Section> sections;
  std::vector<VoicedChord> chords;
  std::vector<Part> parts;

  std::int32_t ticks_per_bar() const { return metre.beats * kTicksPerQuarter; }
};

}  // namespace segue::music
