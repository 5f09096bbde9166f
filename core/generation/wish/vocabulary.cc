#include "core/generation/wish/vocabulary.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "core/check.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, kGenres> kGenreNames = {
    "ambient", "chorale", "classical", "electronic", "folk", "jazz", "lofi", "rock"};
constexpr std::array<std::string_view, kMoods> kMoodNames = {
    "calm", "dark", "dreamy", "energetic", "epic", "happy", "romantic", "sad", "tense"};
constexpr std::array<std::string_view, kModes> kModeNames = {"major", "minor", "dorian",
                                                             "mixolydian"};
// As they are mostly written: flats but for F#.
constexpr std::array<std::string_view, 12> kTonicNames = {"C",  "Db", "D",  "Eb", "E",  "F",
                                                          "F#", "G",  "Ab", "A",  "Bb", "B"};

// Ranges are the comfortable ones of orchestration books, narrower than what is possible.
constexpr std::array kInstruments = {
    Instrument{"piano", 0, 28, 96, true, true, true},
    Instrument{"electric piano", 4, 32, 88, true, true, true},
    Instrument{"harpsichord", 6, 36, 84, true, true, true},
    Instrument{"celesta", 8, 60, 96, true, false, true},
    Instrument{"music box", 10, 60, 96, true, false, true},
    Instrument{"vibraphone", 11, 53, 89, true, false, true},
    Instrument{"marimba", 12, 45, 89, true, false, true},
    Instrument{"drawbar organ", 16, 36, 88, true, true, false},
    Instrument{"church organ", 19, 36, 88, true, true, false},
    Instrument{"accordion", 21, 48, 88, true, false, false},
    Instrument{"harmonica", 22, 60, 88, false, false, false},
    Instrument{"nylon guitar", 24, 40, 79, true, true, true},
    Instrument{"steel guitar", 25, 40, 81, true, true, true},
    Instrument{"jazz guitar", 26, 40, 81, true, true, true},
    Instrument{"clean guitar", 27, 40, 83, true, true, true},
    Instrument{"overdriven guitar", 29, 40, 83, true, false, false},
    Instrument{"distortion guitar", 30, 40, 83, true, false, false},
    Instrument{"double bass", 32, 28, 60, false, true, true},
    Instrument{"electric bass", 33, 28, 60, false, true, true},
    Instrument{"synth bass", 38, 28, 60, false, true, false},
    Instrument{"violin", 40, 55, 93, false, false, false},
    Instrument{"viola", 41, 48, 84, false, false, false},
    Instrument{"cello", 42, 36, 74, false, true, false},
    Instrument{"harp", 46, 36, 93, true, true, true},
    Instrument{"strings", 48, 36, 88, true, true, false},
    Instrument{"choir", 52, 41, 81, true, true, false},
    Instrument{"trumpet", 56, 54, 82, false, false, false},
    Instrument{"trombone", 57, 40, 70, false, true, false},
    Instrument{"horn", 60, 41, 75, false, true, false},
    Instrument{"brass", 61, 40, 80, true, true, false},
    Instrument{"soprano saxophone", 64, 58, 84, false, false, false},
    Instrument{"saxophone", 66, 46, 76, false, false, false},
    Instrument{"oboe", 68, 58, 86, false, false, false},
    Instrument{"bassoon", 70, 34, 70, false, true, false},
    Instrument{"clarinet", 71, 50, 86, false, false, false},
    Instrument{"flute", 73, 60, 93, false, false, false},
    Instrument{"recorder", 74, 60, 88, false, false, false},
    Instrument{"whistle", 78, 62, 93, false, false, false},
    Instrument{"square lead", 80, 48, 88, false, false, false},
    Instrument{"saw lead", 81, 48, 88, false, false, false},
    Instrument{"new age pad", 88, 40, 88, true, true, false},
    Instrument{"warm pad", 89, 40, 84, true, true, false},
    Instrument{"halo pad", 94, 40, 88, true, true, false},
    Instrument{"banjo", 105, 48, 81, true, false, true},
    Instrument{"fiddle", 110, 55, 93, false, false, false},
    Instrument{"drums", 0, 0, 127, false, false, true},
};

constexpr std::size_t kNameBytesMax = 64;

// Small letters, digits and "#"; all else makes no difference between names.
std::string plain(std::string_view name) {
  std::string kept;
  for (const char c : name.substr(0, kNameBytesMax)) {
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '#') kept += c;
  }
  return kept;
}

// Insertions, removals and replacements of letters (Levenshtein, 1966).
std::size_t changes_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

template <class Names>
std::string_view nearest_of(const Names& names, std::string_view name) {
  const std::string wanted = plain(name);
  std::string_view best;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const std::string_view known : names) {
    const std::string candidate = plain(known);
    std::size_t changes = 2 * changes_between(wanted, candidate);
    // "guitar" means one of the guitars.
    if (wanted.size() >= 3 && candidate.find(wanted) != std::string::npos) changes = 1;
    if (changes >= fewest) continue;
    fewest = changes;
    best = known;
  }
  return best;
}

template <class Names>
std::optional<std::size_t> position_of(const Names& names, std::string_view name) {
  if (name.size() > kNameBytesMax) return std::nullopt;
  const std::string wanted = plain(name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (plain(names[i]) == wanted) return i;
  }
  return std::nullopt;
}

template <class Names>
std::string listed(const Names& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

constexpr auto instrument_names() {
  std::array<std::string_view, kInstruments.size()> names = {};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kInstruments[i].name;
  return names;
}

constexpr auto kInstrumentNames = instrument_names();

// Takes the letter and its accidental off the front of a plain text that keeps "#". Nothing: it
// begins with no note's name.
std::optional<std::uint8_t> take_tonic(std::string& text) {
  constexpr std::array<int, 7> kNatural = {9, 11, 0, 2, 4, 5, 7};  // a to g
  if (text.empty() || text[0] < 'a' || text[0] > 'g') return std::nullopt;
  int tonic = kNatural[static_cast<std::size_t>(text[0] - 'a')];
  text.erase(0, 1);
  constexpr std::array<std::pair<std::string_view, int>, 4> kAccidentals = {
      {{"#", 1}, {"sharp", 1}, {"flat", 11}, {"b", 11}}};
  for (const auto& [word, up] : kAccidentals) {
    if (!text.starts_with(word)) continue;
    text.erase(0, word.size());
    tonic += up;
    break;
  }
  return static_cast<std::uint8_t>(tonic % 12);
}

}  // namespace

std::span<const Instrument> instruments() { return kInstruments; }

const Instrument& instrument(InstrumentId id) {
  SEGUE_CHECK(id.value < kInstruments.size());
  return kInstruments[id.value];
}

InstrumentId drums() { return {static_cast<std::uint8_t>(kInstruments.size() - 1)}; }

std::string_view name_of(Genre genre) { return kGenreNames[static_cast<std::size_t>(genre)]; }
std::string_view name_of(Mood mood) { return kMoodNames[static_cast<std::size_t>(mood)]; }
std::string_view name_of(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

std::string name_of(Key key) {
  return std::string(kTonicNames[key.tonic % 12]) + " " + std::string(name_of(key.mode));
}

std::optional<Genre> genre_named(std::string_view name) {
  const auto place = position_of(kGenreNames, name);
  if (!place) return std::nullopt;
  return static_cast<Genre>(*place);
}

std::optional<Mood> mood_named(std::string_view name) {
  const auto place = position_of(kMoodNames, name);
  if (!place) return std::nullopt;
  return static_cast<Mood>(*place);
}

std::optional<InstrumentId> instrument_named(std::string_view name) {
  const auto place = position_of(kInstrumentNames, name);
  if (!place) return std::nullopt;
  return InstrumentId{static_cast<std::uint8_t>(*place)};
}

std::optional<Key> key_named(std::string_view name) {
  if (name.size() > kNameBytesMax) return std::nullopt;
  std::string mode = plain(name);
  const auto tonic = take_tonic(mode);
  if (!tonic) return std::nullopt;
  if (mode.empty() || mode == "maj") return Key{*tonic, Mode::major};
  if (mode == "m" || mode == "min") return Key{*tonic, Mode::minor};
  const auto place = position_of(kModeNames, mode);
  if (!place) return std::nullopt;
  return Key{*tonic, static_cast<Mode>(*place)};
}

std::string genres_known() { return listed(kGenreNames); }
std::string moods_known() { return listed(kMoodNames); }
std::string instruments_known() { return listed(kInstrumentNames); }

std::string_view nearest_genre(std::string_view name) { return nearest_of(kGenreNames, name); }
std::string_view nearest_mood(std::string_view name) { return nearest_of(kMoodNames, name); }
std::string_view nearest_instrument(std::string_view name) {
  return nearest_of(kInstrumentNames, name);
}

}  // namespace segue
