#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/list/recommendation.h"
#include "core/result.h"

namespace segue {

// The latest recommendation as Redis keeps it: what a player that comes back needs at once, in a
// few hundred bytes. Of its reasons the first travels with it. No text that only listeners sent is
// in it, for such a text leaves with the last who sent it: the items stand for their names, which
// the gateway looks up.
struct Snapshot {
  struct Track {
    std::string track_id;  // empty: `sent` says which
    float score = 0;
    std::uint8_t source = 0;  // position in sources()
    std::string reason = {};  // why, in words, less the name at its end; empty in older snapshots
    // Only in older snapshots, of a track that the catalogue does not have.
    std::string title = {};
    std::string artist = {};
    TrackId sent = {};      // none: the catalogue has it
    bool titled = false;    // readers may be shown a title of it
    ArtistId by = {};       // whose name they may be shown; none: of no artist
    ItemId reason_of = {};  // whose name ends the reason; none: the reason is whole
    bool operator==(const Track&) const = default;
  };
  std::string rec_id;
  std::int64_t version = 0;
  std::vector<Track> tracks;  // best first
  bool operator==(const Snapshot&) const = default;
};

// The format stands in schemas/blobs.md; decoding as for listeners (listener.h).
std::string encode_snapshot(const Recommendation& recommendation);
Result<Snapshot> decode_snapshot(std::string_view blob);

}  // namespace segue
