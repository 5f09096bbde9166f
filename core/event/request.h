#pragma once

#include <cstdint>
#include <vector>

#include "core/generation/specification.h"
#include "core/ids.h"

namespace segue {

// What a listener asked of their lists: a request.made. Holds until the session ends or they ask
// again. Lists are bounded on the wire; a longer one is a bad field.
struct Request {
  static constexpr std::size_t kTracksMax = 64;
  static constexpr std::size_t kArtistsMax = 32;
  static constexpr std::size_t kQueuedMax = 64;

  std::vector<TrackId> excluded_tracks;
  std::vector<ArtistId> excluded_artists;
  std::vector<TrackId> queued;   // will be played anyway
  bool explicit_allowed = true;  // the listener's own setting may forbid it all the same
  float adventurous = -1;        // 0 the familiar to 1 the unexpected; -1: not said
  TrackId seed;                  // more like this one
  // What kind of music, as hashes of what the catalogue says (kind_hash); 0: not said.
  std::uint32_t genre = 0;
  std::uint32_t mood = 0;
  bool asks_for_music() const { return seed || genre != 0 || mood != 0; }
  // The kind of music as said, for a generator: words of at most kWishedWordBytesMax bytes and
  // kInstrumentsMax instruments, all of which may be unknown or out of their ranges.
  static constexpr std::size_t kWishedWordBytesMax = 64;
  Wished wished = {};
  bool wishes() const { return wished != Wished{}; }
  bool operator==(const Request&) const = default;
};

}  // namespace segue
