#include "core/generation/wish/wish.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace segue {
namespace {

// How far each difference takes two wishes apart.
constexpr float kOtherMood = 0.3F;
constexpr float kOtherTonic = 0.08F;
constexpr float kOtherMode = 0.15F;
constexpr float kTempoStep = 0.03F;
constexpr float kLengthStep = 0.02F;
constexpr float kEnergyStep = 0.05F;
constexpr float kOtherInstruments = 0.3F;

template <class Name>
std::optional<Name> named(std::string_view name, std::size_t names) {
  for (std::size_t i = 0; i < names; ++i) {
    if (name_of(static_cast<Name>(i)) == name) return static_cast<Name>(i);
  }
  return std::nullopt;
}

// Takes the text up to the mark; all of it where there is no mark.
std::string_view next_part(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// A number behind one letter, and what comes after it.
std::optional<std::int16_t> number(std::string_view part, char letter, std::string_view* rest) {
  constexpr std::int16_t kNumberMax = 10'000;
  if (part.empty() || part.front() != letter) return std::nullopt;
  std::int16_t value = 0;
  const char* const end = part.data() + part.size();
  const auto [stopped, error] = std::from_chars(part.data() + 1, end, value);
  if (error != std::errc() || value < 0 || value > kNumberMax) return std::nullopt;
  if (rest == nullptr && stopped != end) return std::nullopt;
  if (rest != nullptr) *rest = {stopped, static_cast<std::size_t>(end - stopped)};
  return value;
}

std::optional<std::uint64_t> instruments_in(std::string_view text) {
  std::uint64_t bits = 0;
  while (!text.empty()) {
    const auto id = number(next_part(text, ','), 'i', nullptr);
    if (!id) return std::nullopt;
    bits |= std::uint64_t{1} << (static_cast<unsigned>(*id) % 64);
  }
  return bits;
}

void add(std::string& phrase, std::string_view before, std::string_view words) {
  if (words.empty()) return;
  if (!phrase.empty()) phrase += before;
  phrase += words;
}

std::string rounded(float number) { return std::to_string(std::lround(number)); }

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    add(all, i + 1 == names.size() ? " and " : ", ", names[i]);
  }
  return all;
}

}  // namespace

Result<std::string> wish_of(const Wished& wished) {
  Wished same = wished;
  same.seed = 0;
  const auto specification = checked(same);
  if (!specification) return specification.error();
  return same_wish(*specification);
}

std::string phrase_of(const Wished& wished) {
  std::string phrase = wished.mood;
  add(phrase, " ", wished.genre.empty() ? std::string_view("music") : wished.genre);
  if (wished.tempo_bpm) add(phrase, " at ", std::to_string(*wished.tempo_bpm) + " bpm");
  add(phrase, " in ", wished.key);
  add(phrase, " with ", listed(wished.instruments));
  if (wished.seconds) add(phrase, ", ", rounded(*wished.seconds) + " seconds long");
  return phrase;
}

std::optional<WishPlace> place_of(std::string_view wish) {
  const auto genre = named<Genre>(next_part(wish, '|'), kGenres);
  const auto mood = named<Mood>(next_part(wish, '|'), kMoods);
  const auto tempo = number(next_part(wish, '|'), 't', nullptr);
  std::string_view mode;
  const auto tonic = number(next_part(wish, '|'), 'k', &mode);
  const auto of_mode = named<Mode>(mode, kModes);
  const auto length = number(next_part(wish, '|'), 's', nullptr);
  const auto energy = number(next_part(wish, '|'), 'e', nullptr);
  const auto players = instruments_in(wish);
  if (!genre || !mood || !tempo || !tonic || !of_mode || !length || !energy || !players) {
    return std::nullopt;
  }
  return WishPlace{.genre = *genre,
                   .mood = *mood,
                   .key = {static_cast<std::uint8_t>(*tonic % 12), *of_mode},
                   .tempo = *tempo,
                   .length = *length,
                   .energy = *energy,
                   .instruments = *players};
}

float distance(const WishPlace& a, const WishPlace& b) {
  if (a.genre != b.genre) return 1;
  float apart = a.mood == b.mood ? 0 : kOtherMood;
  if (a.key.tonic != b.key.tonic) apart += kOtherTonic;
  if (a.key.mode != b.key.mode) apart += kOtherMode;
  apart += kTempoStep * static_cast<float>(std::abs(a.tempo - b.tempo));
  apart += kLengthStep * static_cast<float>(std::abs(a.length - b.length));
  apart += kEnergyStep * static_cast<float>(std::abs(a.energy - b.energy));
  const int all = std::popcount(a.instruments | b.instruments);
  const int shared = std::popcount(a.instruments & b.instruments);
  if (all > 0) {
    apart += kOtherInstruments * (1 - static_cast<float>(shared) / static_cast<float>(all));
  }
  return std::min(apart, 1.0F);
}

}  // namespace segue
