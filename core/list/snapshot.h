#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/list/recommendation.h"
#include "core/result.h"

namespace segue {

// The latest recommendation as Redis keeps it: what a player that comes back needs at once, in a
// few hundred bytes. Of its reasons the first travels with it.
struct Snapshot {
  struct Track {
    std::string track_id;
    float score = 0;
    std::uint8_t source = 0;  // position in sources()
    std::string reason = {};  // why, in words; empty in older snapshots
    // Where the catalogue does not have the track; may be empty.
    std::string title = {};
    std::string artist = {};
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
