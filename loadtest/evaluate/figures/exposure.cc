#include "loadtest/evaluate/figures/exposure.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace segue {
namespace {

std::uint64_t pairs_of(std::uint64_t many) { return many * (many - 1) / 2; }

}  // namespace

void Exposure::add(std::span<const baseline::Track> list, baseline::Track played,
                   std::span<const std::uint32_t> plays, std::span<const ArtistId> artists) {
  list = list.first(std::min(list.size(), baseline::kListMax));
  ++lists_;
  showings_ += list.size();
  played_log2_plays_ += std::log2(1.0 + plays[played]);
  std::array<std::uint64_t, baseline::kListMax> known_artists{};
  std::size_t known = 0;
  for (const baseline::Track track : list) {
    ++baseline::at(shown_, track);
    shown_log2_plays_ += std::log2(1.0 + plays[track]);
    if (artists[track]) known_artists[known++] = artists[track].value;
  }
  if (known < 2) return;
  const auto end = known_artists.begin() + static_cast<std::ptrdiff_t>(known);
  std::sort(known_artists.begin(), end);
  pairs_ += pairs_of(known);
  for (auto first = known_artists.begin(); first != end;) {
    const auto next = std::upper_bound(first, end, *first);
    pairs_of_one_artist_ += pairs_of(static_cast<std::uint64_t>(next - first));
    first = next;
  }
}

std::uint64_t Exposure::tracks_shown() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(shown_, [](std::uint32_t times) { return times > 0; }));
}

double Exposure::coverage(std::uint32_t tracks) const {
  return tracks == 0 ? 0 : static_cast<double>(tracks_shown()) / tracks;
}

double Exposure::gini(std::uint32_t tracks) const {
  if (showings_ == 0) return 0;
  std::vector<std::uint32_t> times = shown_;
  times.resize(tracks);  // tracks come by number: those beyond were never played nor shown
  std::ranges::sort(times);
  double weighted = 0;
  for (std::size_t i = 0; i < times.size(); ++i)
    weighted += static_cast<double>(2 * (i + 1)) * times[i];
  const double all = static_cast<double>(showings_);
  return weighted / (tracks * all) - (tracks + 1.0) / tracks;
}

double Exposure::popularity_lift() const {
  if (showings_ == 0) return 0;
  return shown_log2_plays_ / static_cast<double>(showings_) -
         played_log2_plays_ / static_cast<double>(lists_);
}

std::optional<double> Exposure::diversity() const {
  if (pairs_ == 0) return std::nullopt;
  return 1 - static_cast<double>(pairs_of_one_artist_) / static_cast<double>(pairs_);
}

}  // namespace segue
