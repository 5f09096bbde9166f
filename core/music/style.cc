#include "core/music/style.h"

#include <algorithm>
#include <cmath>

#include "core/math/draws.h"

namespace segue::music {
namespace {

constexpr std::array<Style, kGenres> kStyles = {{
    // ambient: slow chords that overlap, few notes, no beat
    {.melody = "hymn",
     .rhythm = "hymn",
     .chords = "pop",
     .feel = "",
     .texture = Texture::sustained,
     .bass = BassLine::held,
     .metres = {4, 4, 4, 3},
     .bars_a_chord = 2,
     .sevenths = true,
     .notes_a_bar = 2,
     .register_shift = 5,
     .breath = 60,
     .legato = 100,
     .forms = {"ABAC", "AABA", "ABCA"}},
    // chorale: four voices, a chord a half bar, phrases of four bars
    {.melody = "hymn",
     .rhythm = "hymn",
     .chords = "choral",
     .feel = "",
     .texture = Texture::sustained,
     .bass = BassLine::held,
     .metres = {4, 4, 4, 3},
     .bars_a_chord = 0,
     .classical_minor = true,
     .notes_a_bar = 4,
     .breath = 5,
     .legato = 97,
     .forms = {"AABA", "AABC", "ABCA"}},
    // classical: a song over broken chords
    {.melody = "song",
     .rhythm = "song",
     .chords = "choral",
     .feel = "",
     .texture = Texture::arpeggio,
     .bass = BassLine::held,
     .metres = {4, 3, 4, 3},
     .bars_a_chord = 1,
     .classical_minor = true,
     .notes_a_bar = 5,
     .register_shift = 4,
     .breath = 15,
     .legato = 94,
     .forms = {"AABA", "ABAC", "AABC"}},
    // electronic: four on the floor, a riff, stabs between the kicks
    {.melody = "rock",
     .rhythm = "rock",
     .chords = "pop",
     .feel = "",
     .texture = Texture::stabbed,
     .bass = BassLine::offbeat,
     .metres = {4, 4, 4, 4},
     .bars_a_chord = 1,
     .notes_a_bar = 7,
     .register_shift = 2,
     .breath = 25,
     .legato = 70,
     .forms = {"AABB", "ABAB", "AABC"}},
    // folk: dance tunes of eighths over strummed chords
    {.melody = "folk",
     .rhythm = "folk",
     .chords = "pop",
     .feel = "rock",
     .texture = Texture::strummed,
     .bass = BassLine::root_fifth,
     .metres = {4, 12, 4, 12},
     .bars_a_chord = 1,
     .notes_a_bar = 8,
     .register_shift = 4,
     .breath = 5,
     .legato = 88,
     .forms = {"AABB", "AABB", "AABBCC"}},
    // jazz: swung eighths over sevenths, a walking bass
    {.melody = "song",
     .rhythm = "song",
     .chords = "choral",
     .feel = "jazz",
     .texture = Texture::comped,
     .bass = BassLine::walking,
     .metres = {4, 4, 4, 4},
     .bars_a_chord = 1,
     .sevenths = true,
     .classical_minor = true,
     .swing = 66,
     .notes_a_bar = 6,
     .breath = 25,
     .legato = 90,
     .forms = {"AABA", "AABA", "ABAC"}},
    // lofi: soft sevenths, lazy drums, a melody that rests
    {.melody = "song",
     .rhythm = "song",
     .chords = "pop",
     .feel = "soft",
     .texture = Texture::comped,
     .bass = BassLine::counted,
     .metres = {4, 4, 4, 4},
     .bars_a_chord = 1,
     .sevenths = true,
     .swing = 57,
     .notes_a_bar = 4,
     .breath = 40,
     .legato = 96,
     .forms = {"AABA", "ABAB", "AABC"}},
    // rock: eighths, backbeat, verse and chorus
    {.melody = "rock",
     .rhythm = "rock",
     .chords = "pop",
     .feel = "rock",
     .texture = Texture::pulsed,
     .bass = BassLine::counted,
     .metres = {4, 4, 4, 4},
     .bars_a_chord = 1,
     .notes_a_bar = 6,
     .breath = 25,
     .legato = 85,
     .forms = {"ABAB", "AABB", "ABABCB"}},
}};

constexpr std::array<Colour, kMoods> kColours = {{
    {0, -25, 5, -12, -4},   // calm
    {-7, -15, 5, -4, 0},    // dark
    {5, -20, 5, -12, -4},   // dreamy
    {2, 30, -15, 12, 6},    // energetic
    {0, 10, 0, 12, 6},      // epic
    {4, 15, -12, 4, 3},     // happy
    {0, -5, 5, -4, 0},      // romantic
    {-3, -25, 5, -12, -2},  // sad
    {-2, 15, -10, 4, 8},    // tense
}};

}  // namespace

const Style& style_of(Genre genre) { return kStyles[static_cast<std::size_t>(genre)]; }

Colour colour_of(Mood mood) { return kColours[static_cast<std::size_t>(mood)]; }

int energy_of(const Specification& specification) {
  return std::clamp(static_cast<int>(std::lround(specification.energy * 100)), 0, 100);
}

Metre metre_of(const Specification& piece) {
  // Too short for bars of their own: half bars, so that there is room for a cadence.
  const int beats = static_cast<int>(piece.seconds) * piece.tempo_bpm / 60;
  if (beats < 12) return {.beats = 2};
  Draws draws(piece.seed ^ 0x6D65'7472'65ULL);
  const bool drummed = std::any_of(piece.instruments.begin(), piece.instruments.end(), is_drums);
  const int drawn = style_of(piece.genre).metres[static_cast<std::size_t>(draws.below(4))];
  if (drawn == 12) return {.beats = 4, .triplets = true};
  // The drummers counted play four beats.
  return {.beats = static_cast<std::uint8_t>(drummed ? 4 : drawn)};
}

}  // namespace segue::music
