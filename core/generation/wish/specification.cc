#include "core/generation/wish/specification.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/draws.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

// A genre's defaults, when nothing else is said.
struct GenreDefaults {
  Mood mood;
  int tempo_low;
  int tempo_high;
  std::array<std::string_view, 3> ensembles;  // one is drawn; names separated by commas
};

constexpr std::array<GenreDefaults, kGenres> kGenreDefaults = {{
    {Mood::dreamy,
     56,
     76,
     {"warm pad,piano,new age pad", "halo pad,harp,cello", "strings,celesta,warm pad"}},
    {Mood::calm, 66, 92, {"choir", "church organ", "strings,choir"}},
    {Mood::romantic, 76, 116, {"violin,piano", "piano", "flute,strings,harp"}},
    {Mood::energetic,
     118,
     132,
     {"saw lead,synth bass,warm pad,drums", "square lead,synth bass,strings,drums",
      "saw lead,electric piano,synth bass,drums"}},
    {Mood::happy,
     96,
     124,
     {"fiddle,steel guitar,accordion", "whistle,banjo,steel guitar,double bass",
      "flute,nylon guitar,fiddle"}},
    {Mood::calm,
     84,
     148,
     {"saxophone,piano,double bass,drums", "trumpet,jazz guitar,double bass,drums",
      "vibraphone,piano,double bass,drums"}},
    {Mood::calm,
     70,
     88,
     {"electric piano,jazz guitar,electric bass,drums",
      "vibraphone,electric piano,electric bass,drums",
      "clean guitar,electric piano,electric bass,drums"}},
    {Mood::energetic,
     108,
     148,
     {"overdriven guitar,clean guitar,electric bass,drums",
      "distortion guitar,drawbar organ,electric bass,drums",
      "overdriven guitar,piano,electric bass,drums"}},
}};

// How a mood moves a genre.
struct MoodDefaults {
  Genre genre;      // when no genre is said
  int tempo_share;  // where in the genre's tempos, per cent; beyond 100 it goes past them
  float energy;
  std::array<Mode, 4> modes;  // one is drawn
};

constexpr std::array<MoodDefaults, kMoods> kMoodDefaults = {{
    {Genre::ambient, 5, 0.2F, {Mode::major, Mode::major, Mode::major, Mode::mixolydian}},
    {Genre::ambient, 15, 0.4F, {Mode::minor, Mode::minor, Mode::minor, Mode::dorian}},
    {Genre::ambient, 15, 0.3F, {Mode::major, Mode::mixolydian, Mode::dorian, Mode::major}},
    {Genre::rock, 85, 0.9F, {Mode::major, Mode::minor, Mode::mixolydian, Mode::dorian}},
    {Genre::classical, 50, 0.8F, {Mode::minor, Mode::minor, Mode::major, Mode::dorian}},
    {Genre::folk, 70, 0.65F, {Mode::major, Mode::major, Mode::major, Mode::mixolydian}},
    {Genre::classical, 30, 0.4F, {Mode::major, Mode::major, Mode::minor, Mode::major}},
    {Genre::classical, 10, 0.25F, {Mode::minor, Mode::minor, Mode::minor, Mode::minor}},
    {Genre::electronic, 70, 0.75F, {Mode::minor, Mode::minor, Mode::dorian, Mode::minor}},
}};

// These moods are not played beyond such tempos and energies: a wish that says so contradicts
// itself.
struct MoodLimits {
  int tempo_most = kTempoMax;
  int tempo_least = kTempoMin;
  float energy_most = 1;
  float energy_least = 0;
};

MoodLimits limits_of(Mood mood) {
  switch (mood) {
    case Mood::calm:
    case Mood::dreamy:
      return {.tempo_most = 160, .energy_most = 0.75F};
    case Mood::energetic:
      return {.tempo_least = 60, .energy_least = 0.25F};
    default:
      return {};
  }
}

Error wrong(std::string detail) { return error(Reason::bad_field, std::move(detail)); }

// A text of somebody else's, as one short line of ASCII for an error.
std::string shown(std::string_view text) {
  std::string kept = "'";
  for (const char c : text.substr(0, 40)) kept += c >= ' ' && c <= '~' ? c : '?';
  return kept + (text.size() > 40 ? "...'" : "'");
}

Error unknown(std::string_view field, std::string_view name, std::string_view nearest,
              const std::string& known) {
  return wrong(std::string(field) + ": " + shown(name) + " is not known, did you mean '" +
               std::string(nearest) + "'? Known: " + known);
}

std::optional<Error> read_words(const Wished& wished, Specification& piece) {
  const auto genre = genre_named(wished.genre);
  if (!wished.genre.empty() && !genre)
    return unknown("genre", wished.genre, nearest_genre(wished.genre), genres_known());
  const auto mood = mood_named(wished.mood);
  if (!wished.mood.empty() && !mood)
    return unknown("mood", wished.mood, nearest_mood(wished.mood), moods_known());
  if (genre)
    piece.genre = *genre;
  else if (mood)
    piece.genre = kMoodDefaults[static_cast<std::size_t>(*mood)].genre;
  piece.mood = mood ? *mood : kGenreDefaults[static_cast<std::size_t>(piece.genre)].mood;
  return std::nullopt;
}

std::optional<Error> read_key(const Wished& wished, Draws& draws, Specification& piece) {
  piece.key.tonic = static_cast<std::uint8_t>(draws.below(12));
  const auto& modes = kMoodDefaults[static_cast<std::size_t>(piece.mood)].modes;
  piece.key.mode = modes[static_cast<std::size_t>(draws.below(4))];
  // Classical harmony as taught knows two modes.
  const bool two_modes = piece.genre == Genre::chorale || piece.genre == Genre::classical;
  if (two_modes && piece.key.mode == Mode::dorian) piece.key.mode = Mode::minor;
  if (two_modes && piece.key.mode == Mode::mixolydian) piece.key.mode = Mode::major;
  if (wished.key.empty()) return std::nullopt;
  const auto key = key_named(wished.key);
  if (!key)
    return wrong("key: " + shown(wished.key) +
                 " is no key; expected a note and major, minor, dorian or mixolydian, such as "
                 "'F# minor'");
  piece.key = *key;
  return std::nullopt;
}

std::optional<Error> read_tempo(const Wished& wished, Draws& draws, Specification& piece) {
  const auto& range = kGenreDefaults[static_cast<std::size_t>(piece.genre)];
  const int share = kMoodDefaults[static_cast<std::size_t>(piece.mood)].tempo_share;
  piece.tempo_bpm =
      range.tempo_low + (range.tempo_high - range.tempo_low) * share / 100 + draws.below(9) - 4;
  if (!wished.tempo_bpm) return std::nullopt;
  piece.tempo_bpm = *wished.tempo_bpm;
  if (piece.tempo_bpm < kTempoMin || piece.tempo_bpm > kTempoMax)
    return wrong("tempo_bpm: " + std::to_string(piece.tempo_bpm) + " is outside " +
                 std::to_string(kTempoMin) + " to " + std::to_string(kTempoMax) +
                 "; halve or double it");
  const MoodLimits limits = limits_of(piece.mood);
  if (piece.tempo_bpm > limits.tempo_most || piece.tempo_bpm < limits.tempo_least)
    return wrong("tempo_bpm: " + std::to_string(piece.tempo_bpm) + " contradicts the mood '" +
                 std::string(name_of(piece.mood)) + "' (" + std::to_string(limits.tempo_least) +
                 " to " + std::to_string(limits.tempo_most) + "); leave one of them out");
  return std::nullopt;
}

std::optional<Error> read_energy(const Wished& wished, Specification& piece) {
  piece.energy = kMoodDefaults[static_cast<std::size_t>(piece.mood)].energy;
  if (!wished.energy) return std::nullopt;
  if (!(*wished.energy >= 0 && *wished.energy <= 1))
    return wrong("energy: expected a number from 0 (still) to 1 (as loud and dense as it gets)");
  piece.energy = std::round(*wished.energy * 100) / 100;
  const MoodLimits limits = limits_of(piece.mood);
  if (piece.energy > limits.energy_most || piece.energy < limits.energy_least)
    return wrong("energy: contradicts the mood '" + std::string(name_of(piece.mood)) +
                 "'; leave one of them out");
  return std::nullopt;
}

std::optional<Error> read_length(const Wished& wished, Specification& piece) {
  if (!wished.seconds) return std::nullopt;
  if (!(*wished.seconds >= kSecondsMin && *wished.seconds <= kSecondsMax))
    return wrong("seconds: expected 5 to 600; a longer programme is several pieces");
  piece.seconds = std::round(*wished.seconds * 10) / 10;
  return std::nullopt;
}

std::vector<std::string> ensemble_of(Genre genre, Draws& draws) {
  std::string_view names = kGenreDefaults[static_cast<std::size_t>(genre)]
                               .ensembles[static_cast<std::size_t>(draws.below(3))];
  std::vector<std::string> split;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    split.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return split;
}

std::optional<Error> read_instruments(const Wished& wished, Draws& draws, Specification& piece) {
  const std::vector<std::string> drawn = ensemble_of(piece.genre, draws);
  const std::vector<std::string>& names = wished.instruments.empty() ? drawn : wished.instruments;
  if (names.size() > kInstrumentsMax)
    return wrong("instruments: " + std::to_string(names.size()) + " are too many; name at most " +
                 std::to_string(kInstrumentsMax));
  for (const std::string& name : names) {
    const auto id = instrument_named(name);
    if (!id) return unknown("instruments", name, nearest_instrument(name), instruments_known());
    if (std::find(piece.instruments.begin(), piece.instruments.end(), *id) !=
        piece.instruments.end())
      return wrong("instruments: " + shown(name) + " stands there twice; name it once");
    piece.instruments.push_back(*id);
  }
  if (std::all_of(piece.instruments.begin(), piece.instruments.end(), is_drums))
    return wrong("instruments: drums alone have no key; name one that plays notes beside them");
  return std::nullopt;
}

// Steps on a logarithmic scale, `per_double` of them from a value to twice the value, found by
// comparing and multiplying alone, so that every build gets the same.
int log_step(double value, double ratio) {
  int step = 0;
  for (double edge = 1; edge < value && step < 10'000; edge *= ratio) ++step;
  return step;
}

}  // namespace

Result<Specification> checked(const Wished& wished) {
  Specification piece;
  piece.seed = wished.seed;
  // Always the same number of draws in the same order: what is said changes nothing else.
  Draws key(wished.seed ^ 0x6B65'79ULL);
  Draws tempo(wished.seed ^ 0x7465'6D70'6FULL);
  Draws players(wished.seed ^ 0x656E'7365'6D62'6C65ULL);
  if (auto e = read_words(wished, piece)) return *e;
  if (auto e = read_key(wished, key, piece)) return *e;
  if (auto e = read_tempo(wished, tempo, piece)) return *e;
  if (auto e = read_length(wished, piece)) return *e;
  if (auto e = read_instruments(wished, players, piece)) return *e;
  if (auto e = read_energy(wished, piece)) return *e;
  return piece;
}

std::string encode(const Specification& piece) {
  std::string json;
  json::ObjectWriter out(json);
  out.text("genre", name_of(piece.genre));
  out.text("mood", name_of(piece.mood));
  out.number("tempo_bpm", std::int64_t{piece.tempo_bpm});
  out.text("key", name_of(piece.key));
  json::append_rounded(out.member("seconds"), piece.seconds);
  std::string& list = out.member("instruments");
  char before = '[';
  for (const InstrumentId id : piece.instruments) {
    list += before;
    json::append_string(list, instrument(id).name);
    before = ',';
  }
  list += ']';
  json::append_rounded(out.member("energy"), piece.energy);
  out.text("seed", std::to_string(piece.seed));
  out.close();
  return json;
}

std::string same_wish(const Specification& piece) {
  std::vector<InstrumentId> sorted = piece.instruments;
  std::sort(sorted.begin(), sorted.end(),
            [](InstrumentId a, InstrumentId b) { return a.value < b.value; });
  std::string key = std::string(name_of(piece.genre)) + "|" + std::string(name_of(piece.mood)) +
                    "|t" + std::to_string(log_step(piece.tempo_bpm, 1.06)) + "|k" +
                    std::to_string(piece.key.tonic) + std::string(name_of(piece.key.mode)) + "|s" +
                    std::to_string(log_step(static_cast<double>(piece.seconds), 1.12)) + "|e" +
                    std::to_string(std::min(static_cast<int>(piece.energy * 5), 4)) + "|";
  for (const InstrumentId id : sorted) {
    if (key.back() != '|') key += ',';
    key += "i" + std::to_string(id.value);
  }
  return key;
}

}  // namespace segue
