#pragma once

#include <cstdint>
#include <vector>

#include "core/event/filter.h"
#include "core/generation/wish/specification.h"
#include "core/ids.h"

namespace segue {

// More like this track or this artist, or less: one of the two is there.
struct Seed {
  TrackId track;
  ArtistId artist;
  float weight = 1;  // -1 to 1 and not 0; below 0: away from it
  bool operator==(const Seed&) const = default;
};

// A listener's wishes for their lists: a request.made. Holds until the session ends or they ask
// again. Lists are bounded on the wire; a longer one is a bad field.
struct Request {
  static constexpr std::size_t kTracksMax = 64;
  static constexpr std::size_t kArtistsMax = 32;
  static constexpr std::size_t kQueuedMax = 64;
  static constexpr std::size_t kSeedsMax = 8;

  std::vector<TrackId> excluded_tracks;
  std::vector<ArtistId> excluded_artists;
  std::vector<TrackId> queued;   // will be played anyway
  bool explicit_allowed = true;  // the listener's own setting may forbid it all the same
  float adventurous = -1;        // 0 the familiar to 1 the unexpected; -1: not said
  TrackId seed;                  // more like this one
  std::vector<Seed> seeds = {};  // and like these, or less; the largest weight comes first
  Filter filter = {};            // nothing else is listed
  // The kind of music, as hashes of what the catalogue says (kind_hash); 0: not said.
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
