#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The words a wish for new music may use. Every list is bounded, and `--help`, pages and errors
// print it from here. All functions are pure and thread-safe.
namespace segue {

enum class Genre : std::uint8_t { ambient, chorale, classical, electronic, folk, jazz, lofi, rock };
inline constexpr std::size_t kGenres = 8;

enum class Mood : std::uint8_t {
  calm,
  dark,
  dreamy,
  energetic,
  epic,
  happy,
  romantic,
  sad,
  tense,
};
inline constexpr std::size_t kMoods = 9;

enum class Mode : std::uint8_t { major, minor, dorian, mixolydian };
inline constexpr std::size_t kModes = 4;

// The scale a piece is in: its first note as a pitch class (0 = C), and its mode.
struct Key {
  std::uint8_t tonic = 0;
  Mode mode = Mode::major;
  bool operator==(const Key&) const = default;
};

// One of `instruments()`, by its position there. Positions only ever grow: jobs that wait in a
// topic name instruments in words, a stored choice does not.
struct InstrumentId {
  std::uint8_t value = 0;
  auto operator<=>(const InstrumentId&) const = default;
};

struct Instrument {
  std::string_view name;
  std::uint8_t program = 0;  // General MIDI, counted from 0
  std::uint8_t lowest = 0;   // sounding MIDI pitches that it plays well
  std::uint8_t highest = 127;
  bool chords = false;  // plays several notes at once
  bool bass = false;    // may carry the lowest part
  bool fades = false;   // a note dies away by itself, so that long ones are not its strength
};

std::span<const Instrument> instruments();
const Instrument& instrument(InstrumentId id);
// The drum kit: no pitches, channel 10.
InstrumentId drums();
inline bool is_drums(InstrumentId id) { return id == drums(); }

std::string_view name_of(Genre genre);
std::string_view name_of(Mood mood);
std::string_view name_of(Mode mode);
// "C major", "F# minor", "Bb dorian".
std::string name_of(Key key);

// Capitals, spaces, hyphens and underscores make no difference: "Lo-Fi" is lofi.
std::optional<Genre> genre_named(std::string_view name);
std::optional<Mood> mood_named(std::string_view name);
std::optional<InstrumentId> instrument_named(std::string_view name);
// "C", "c major", "F#m", "Bb minor", "a-flat dorian". Without a mode: major.
std::optional<Key> key_named(std::string_view name);

// The names of each list, separated by ", ": for help texts.
std::string genres_known();
std::string moods_known();
std::string instruments_known();

// The known name that needs the fewest changes of letters.
std::string_view nearest_genre(std::string_view name);
std::string_view nearest_mood(std::string_view name);
std::string_view nearest_instrument(std::string_view name);

}  // namespace segue
