#include "producers/replay/simulation/song_names.h"

#include <array>
#include <numeric>

#include "producers/replay/simulation/random.h"

namespace segue::song_names {
namespace {

constexpr std::array<std::string_view, kGenres> kGenreNames = {
    "folk",    "indie rock", "electronic", "jazz", "soul",
    "hip hop", "classical",  "ambient",    "pop",  "metal"};
constexpr std::array<std::array<std::string_view, 2>, kGenres> kGenreTags = {{
    {"acoustic", "songwriter"},
    {"guitar", "band"},
    {"synthesizer", "club"},
    {"improvised", "trio"},
    {"vocal", "groove"},
    {"beats", "rap"},
    {"strings", "piano"},
    {"drone", "field recording"},
    {"catchy", "chorus"},
    {"heavy", "riff"},
}};
constexpr std::array<std::string_view, kMoods> kMoodNames = {"calm", "dreamy", "wistful", "driving",
                                                             "bright"};

constexpr std::array<std::string_view, 40> kAdjectives = {
    "Paper",  "Quiet",   "Golden", "Northern", "Silver",   "Early",   "Hidden",  "Velvet",
    "Amber",  "Distant", "Winter", "Crooked",  "Painted",  "Slow",    "Bright",  "Wooden",
    "Copper", "Little",  "Hollow", "Scarlet",  "Restless", "Gentle",  "Blue",    "Second",
    "Salt",   "Glass",   "Wild",   "Midnight", "Lonely",   "Folding", "Patient", "Drifting",
    "Tender", "Secret",  "Autumn", "Burning",  "Empty",    "Honest",  "Crystal", "Forgotten"};
constexpr std::array<std::string_view, 40> kNouns = {
    "Lanterns", "Harbour",  "Rivers",   "Meadow",     "Windows",   "Mornings",  "Orchard",
    "Sparrows", "Stations", "Shadows",  "Gardens",    "Letters",   "Islands",   "Mountain",
    "Bridges",  "Echoes",   "Kites",    "Lighthouse", "Rooftops",  "Tides",     "Foxes",
    "Clocks",   "Horizon",  "Feathers", "Tramlines",  "Candles",   "Postcards", "Willows",
    "Comets",   "Boats",    "Voices",   "Snowfall",   "Mirrors",   "Avenue",    "Thunder",
    "Swallows", "Almanac",  "Carousel", "Fields",     "Satellites"};
constexpr std::array<std::string_view, 32> kFirstNames = {
    "Ada",   "Noor",  "Elias", "Mira",  "Tomas", "Ines",  "Kofi", "Lena",  "Oskar", "Yuki", "Rosa",
    "Amir",  "Freya", "Mateo", "Clara", "Idris", "Saga",  "Hugo", "Leila", "Anton", "Zora", "Emil",
    "Priya", "Jonas", "Selma", "Omar",  "Nina",  "Felix", "Aya",  "Bruno", "Marta", "Cyrus"};
constexpr std::array<std::string_view, 32> kLastNames = {
    "Lindqvist", "Okafor", "Marlow",   "Castell", "Haddad", "Brandt", "Sato",    "Moreau",
    "Kowalski",  "Rahimi", "Winter",   "Aldana",  "Nyberg", "Farouk", "Hollis",  "Petrova",
    "Adeyemi",   "Vance",  "Larkin",   "Tamura",  "Berg",   "Quist",  "Delgado", "Ashby",
    "Ferreira",  "Novak",  "Sorensen", "Mbeki",   "Carrow", "Lindt",  "Osei",    "Valentin"};

constexpr std::uint32_t kPairs = kAdjectives.size() * kNouns.size();
constexpr std::uint32_t kPeople = kFirstNames.size() * kLastNames.size();
constexpr std::uint32_t kArtistNames = 2 * kPairs + kPeople;
// Shares no factor with kArtistNames, so that steps of this size visit every name once.
constexpr std::uint64_t kArtistStride = 1'543;
static_assert(std::gcd(std::uint64_t{kArtistNames}, kArtistStride) == 1);

std::string joined(std::string_view a, std::string_view b, std::string_view c = {},
                   std::string_view d = {}) {
  std::string text;
  for (const std::string_view part : {a, b, c, d}) text += part;
  return text;
}

std::string_view adjective(std::uint64_t n) { return kAdjectives[n % kAdjectives.size()]; }
std::string_view noun(std::uint64_t n) { return kNouns[n % kNouns.size()]; }

std::string phrase(std::uint64_t bits) {
  const std::string_view a = adjective(bits >> 8);
  const std::string_view n = noun(bits >> 24);
  const std::string_view m = noun(bits >> 40);
  switch (bits % 8) {
    case 0:
      return joined("The ", a, " ", n);
    case 1:
      return joined(n, n == m ? "" : " and ", n == m ? "" : m);
    case 2:
      return joined("Songs for ", a, " ", n);
    case 3:
      return joined(n, " at ", (bits >> 56) % 2 == 0 ? "Dawn" : "Midnight");
    default:
      return joined(a, " ", n);
  }
}

}  // namespace

std::string_view genre(std::uint32_t genre) { return kGenreNames[genre]; }
std::string_view mood(std::uint32_t mood) { return kMoodNames[mood]; }
std::string_view genre_tag(std::uint32_t genre, std::uint32_t which) {
  return kGenreTags[genre][which % 2];
}

std::string artist(std::uint64_t seed, std::uint32_t number) {
  const std::uint64_t round = number / kArtistNames;  // past all names they come numbered
  const std::uint64_t at =
      (number * kArtistStride + Random::mixed(seed) % kArtistNames) % kArtistNames;
  std::string name;
  if (at < kPairs)
    name = joined("The ", adjective(at / kNouns.size()), " ", noun(at));
  else if (at < 2 * kPairs)
    name = joined(adjective((at - kPairs) / kNouns.size()), " ", noun(at - kPairs));
  else
    name = joined(kFirstNames[(at - 2 * kPairs) / kLastNames.size()], " ",
                  kLastNames[(at - 2 * kPairs) % kLastNames.size()]);
  if (round > 0) name.append(" ").append(std::to_string(round + 1));
  return name;
}

std::string title(std::uint64_t seed, std::uint32_t number) {
  return phrase(Random::mixed(Random::mixed(seed + 1) + number));
}

std::string album(std::uint64_t seed, std::uint32_t number) {
  return phrase(Random::mixed(Random::mixed(seed + 2) + number));
}

}  // namespace segue::song_names
