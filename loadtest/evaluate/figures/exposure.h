#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.h"
#include "loadtest/evaluate/baselines/moment.h"

namespace segue {

// The tracks that a model's lists showed, besides those that were hit. Grows by four bytes a track.
class Exposure {
 public:
  // A list that was shown, and what was played. Lists are cut at kListMax. `plays` so far and
  // `artists`, both by track. Requires: they hold all tracks named.
  void add(std::span<const baseline::Track> list, baseline::Track played,
           std::span<const std::uint32_t> plays, std::span<const ArtistId> artists);

  // Different tracks shown.
  std::uint64_t tracks_shown() const;
  // The same as a share of `tracks`, 0 to 1.
  double coverage(std::uint32_t tracks) const;
  // Gini coefficient of how often each of `tracks` was shown (Gini, 1912): 0 = all alike, near 1 =
  // a few tracks took it all. 0 where nothing was shown.
  double gini(std::uint32_t tracks) const;
  // Mean log2(1 + plays so far) of what was shown, less that of what was played: above 0 where
  // lists are more popular than listening.
  double popularity_lift() const;
  // Share of the pairs of a list that are by different artists, pairs of unknown artists left out;
  // none where there is no other pair.
  std::optional<double> diversity() const;

 private:
  std::vector<std::uint32_t> shown_;  // by track
  std::uint64_t lists_ = 0;
  std::uint64_t showings_ = 0;
  double shown_log2_plays_ = 0;
  double played_log2_plays_ = 0;
  std::uint64_t pairs_ = 0;
  std::uint64_t pairs_of_one_artist_ = 0;
};

}  // namespace segue
