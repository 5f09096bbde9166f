#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace segue::baseline {

// Tracks, listeners and sessions are numbered from 0 in the order of their first listen, so that
// baselines can keep plain vectors. Their memory grows with these numbers; what they keep of each
// is bounded.
using Track = std::uint32_t;

// The moment before a listen, with all that is known then.
struct Moment {
  std::uint32_t listener = 0;
  std::uint32_t session = 0;
  Micros now = 0;
  std::span<const Track> session_tracks;  // what the session played so far, latest last
};

// A list holds so many tracks.
inline constexpr std::size_t kListMax = 20;

// The interface that all baselines have in common:
//   rank   the best kListMax tracks for a moment, best first, in place of what stood in `list`
//   teach  what the listen says of tracks
//   hear   what it says of the listener; comes after `teach`
// Ties are broken by the track's number, unless said otherwise. One thread each.

// The element of a vector by number, which grows to hold it.
template <class Kept>
Kept& at(std::vector<Kept>& all, std::size_t number) {
  if (number >= all.size()) all.resize(number + 1 + number / 4);
  return all[number];
}

}  // namespace segue::baseline
