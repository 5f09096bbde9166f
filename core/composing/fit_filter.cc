#include "core/composing/fit_filter.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/ids.h"

namespace segue {
namespace {

// Specifications are in tenths of a second, and a piece is as long as specified to one of them.
constexpr float kTenths = 10;
constexpr std::int32_t kTenthMs = 100;

bool fit_genre(const Filter& filter, Wished& wished) {
  const auto has = [&](std::string_view genre) {
    return std::ranges::binary_search(filter.genres, kind_hash(genre));
  };
  if (filter.genres.empty() || has(wished.genre)) return true;
  for (std::size_t i = 0; i < kGenres; ++i) {
    const std::string_view genre = name_of(static_cast<Genre>(i));
    if (!has(genre)) continue;
    wished.genre = genre;
    return true;
  }
  return false;
}

// A wish that the composer does not know is left to who says so.
bool fit_length(const Filter& filter, Wished& wished) {
  if (!filter.length_ms.said()) return true;
  const auto piece = checked(wished);
  if (!piece) return true;
  const int shortest = std::max((filter.length_ms.min + kTenthMs - 1) / kTenthMs + 1,
                                static_cast<int>(kSecondsMin * kTenths));
  const int longest =
      std::min(filter.length_ms.max / kTenthMs - 1, static_cast<int>(kSecondsMax * kTenths));
  if (shortest > longest) return false;
  const auto usual = static_cast<int>(std::lround(piece->seconds * kTenths));
  const int fitting = std::clamp(usual, shortest, longest);
  if (fitting != usual) wished.seconds = static_cast<float>(fitting) / kTenths;
  return true;
}

}  // namespace

std::string_view fit_filter(const Filter& filter, Micros now, Wished& wished) {
  if (filter.kind == Filter::Kind::recorded) return "the filter asks for recorded music";
  if (filter.year.said() && !filter.year.has(year_of(now))) {
    return "the filter's years leave out what is new";
  }
  // Where days count, composed tracks are left out: those of earlier sessions are not remembered.
  if (filter.not_heard_days > 0) return "the filter's days leave out composed music";
  if (!fit_genre(filter, wished)) return "no composer knows a genre of the filter";
  if (!fit_length(filter, wished)) return "nothing of the filter's length can be composed";
  return {};
}

}  // namespace segue
