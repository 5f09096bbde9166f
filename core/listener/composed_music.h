#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event/event.h"
#include "core/generation/decision.h"
#include "core/generation/wish/specification.h"
#include "core/ids.h"
#include "core/time.h"
#include "core/wire/blob.h"

namespace segue {

// A listener and music that a machine made: a part of their state. What is of a session ends with
// it.
struct ComposedMusic {
  static constexpr std::size_t kHeardMax = 8;
  static constexpr std::uint32_t kEarlySkipsMax = 255;

  AiMusic setting;
  TokenBucket budget;  // of tracks that may be composed for this listener

  std::uint32_t early_skips = 0;    // of the session, in a row up to now, at most kEarlySkipsMax
  std::uint32_t session_plays = 0;  // of the session's listens, those of composed tracks
  std::vector<TrackId> heard;       // composed tracks of this session, latest last
  bool composing = false;           // the latest decision was to compose

  // The latest offer of the session. It may be accepted although a later list has none.
  struct Offer {
    std::string job_id;      // of the job that an acceptance makes
    Wished wished;           // what would be composed
    std::uint64_t wish = 0;  // hash of the text by which one track meets it (`wish_of`)
    bool operator==(const Offer&) const = default;
  };
  std::optional<Offer> offer;
  std::uint64_t declined = 0;  // hash of a wish that is not offered again in this session
  // The latest job, whatever the session: it is not made twice while it waits. 0: none.
  std::uint64_t job_wish = 0;
  Micros job_at = 0;

  bool operator==(const ComposedMusic&) const = default;
};

// Forgets all that is of a session.
void begin_session(ComposedMusic& music);
// A request replaces what was offered for the one before.
void ask_again(ComposedMusic& music);
// Counts an end of a play that is not late: early skips in a row.
void count_skip(ComposedMusic& music, const Event& event);
// A composed track was heard, or skipped. Requires: in its session.
void hear(ComposedMusic& music, TrackId track);

// The part's format stands in schemas/blobs.md; of the request, null where none stands, it has
// what is wished, seeds and filter. A value out of its bounds fails the reader.
void write(BlobWriter& out, const ComposedMusic& music, const Request* request);
void read(BlobReader& in, ComposedMusic& music, Request* request);

}  // namespace segue
