#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/replay_window.h"
#include "core/event/request.h"
#include "core/ids.h"
#include "core/listener/composed_music.h"
#include "core/math/vector.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

// A track the listener heard, as context for what comes next.
struct HeardTrack {
  TrackId track;
  ArtistId artist;
  bool chosen = true;  // false: the player went on by itself, which is no wish
  bool operator==(const HeardTrack&) const = default;
};

// A track the listener comes back to.
struct Repeat {
  TrackId track;
  float plays = 0;  // listens, fading with a half-life of 60 days
  Micros last = 0;  // a whole second
  // The tracks that the listener heard next the last two times, the latest first: positions in
  // Listener::repeats.
  std::array<std::uint16_t, 2> next = {kNone, kNone};
  static constexpr std::uint16_t kNone = 0xFFFF;
  std::uint8_t today = 0;  // listens on the listener's day, see Listener::Day
  bool operator==(const Repeat&) const = default;
};

// How much the listener plays of an artist.
struct ArtistTaste {
  ArtistId artist;
  float plays = 0;  // listens less skips, fading as Repeat::plays
  Micros last = 0;  // a whole second
  std::uint8_t today = 0;
  bool operator==(const ArtistTaste&) const = default;
};

// A track of this session that was broken off before half of it.
struct SkippedTrack {
  TrackId track;
  ArtistId artist;
  float weight = 0;  // how much of a skip it was, 0 to 1; see weight_of in listening.h
  bool operator==(const SkippedTrack&) const = default;
};

// Everything Segue knows of one listener. Owned by the recommender that owns the listener's
// partition; bounded whatever the listener does; stored as one blob.
struct Listener {
  static constexpr std::size_t kContextMax = 10;
  static constexpr std::size_t kRepeatsMax = 300;
  static constexpr std::size_t kArtistsMax = 50;
  static constexpr std::size_t kClosedPlaysMax = 8;
  static constexpr std::size_t kSourcesMax = 16;
  static constexpr std::size_t kHiddenTracksMax = 64;
  static constexpr std::size_t kHiddenArtistsMax = 32;
  static constexpr std::size_t kSkipsMax = 8;
  static constexpr std::size_t kListedMax = 100;

  std::int64_t last_offset = -1;  // of the last record that reached this listener
  std::uint64_t events = 0;       // accepted
  std::uint64_t listens = 0;      // plays that ended, skipped ones included
  Micros time = 0;                // of the latest accepted event; never runs backwards
  ReplayWindows windows;

  SessionId session;
  std::uint32_t session_listens = 0;
  std::uint32_t session_repeats = 0;     // of them, of tracks heard before
  std::optional<HeardTrack> playing;     // started and not ended
  std::vector<HeardTrack> context;       // what was listened to, latest first
  std::uint32_t context_in_session = 0;  // how many of `context` belong to this session
  std::vector<PlayId> closed_plays;      // plays already ended, latest last
  std::vector<SkippedTrack> skips;       // of this session, latest last
  std::optional<Request> request;        // of this session
  // The list that was published when nothing was playing: the next listen is scored on it. Offset
  // of its event, -1: there was none; and the low half of its tracks' ids, first first.
  std::int64_t list_offset = -1;
  std::vector<std::uint32_t> listed;

  std::vector<Repeat> repeats;
  std::vector<ArtistTaste> artists;
  std::array<float, kSourcesMax> source_credit{};  // by position in sources(), see ranking.h
  float credit_seen = 0;                           // fading number of listens behind source_credit
  float repeat_share = 0;  // fading share of listens that were repeats, 0 to 1
  float stay_share = 0;    // fading share of listens by the artist before, 0 to 1

  // Never recommended, newest last; the oldest is forgotten for one too many.
  std::vector<TrackId> hidden_tracks;
  std::vector<ArtistId> hidden_artists;
  bool explicit_allowed = true;  // the listener's setting, as the app sent it last
  // The listener's consents. Without `learning` everything is as in a private session;
  // without `personalisation` lists are those of somebody unknown, but for what was hidden or asked
  // for.
  bool learning = true;
  bool personalisation = true;
  // When all was erased, for kErasureKept: what happened before comes too late.
  struct Erasure {
    Micros at = 0;         // by right clocks
    Micros device_at = 0;  // as late as any clock said
    // How often, each within kErasureKept of the one before: none begins afresh for others by it.
    std::uint8_t times = 1;
    bool operator==(const Erasure&) const = default;
  };
  static constexpr Micros kErasureKept = 30 * kDay;
  std::optional<Erasure> erasure;
  ComposedMusic composed;

  // The day whose listens are counted, so that one listener moves what others see only so much a
  // day (core/listener/influence.h). It ends when both the time of an event and Kafka's own are
  // past it: a clock that runs wild begins no day.
  struct Day {
    std::int64_t played = 0;    // days since 1970, by the events
    std::int64_t received = 0;  // the same by Kafka
    std::uint32_t listens = 0;  // that ended, skipped ones included
    bool operator==(const Day&) const = default;
  };
  Day day;

  // How many listens in a row followed the listener's own earlier order, at most kOwnRunMax.
  std::uint32_t own_run = 0;
  static constexpr std::uint32_t kOwnRunMax = 4;
  Vector vector{};  // where the listener stands in the space of taste
  // The listener's own weights, added to the ranker's, by column; empty until one is learned.
  std::vector<float> offsets;

  bool operator==(const Listener&) const = default;
};

// The blob's format stands in schemas/blobs.md. Decoding refuses what is longer than its bounds,
// truncated, followed by anything, no number or out of its range, or of a version it does not know;
// versions 1 to 4 are read, what they did not know is empty.
std::string encode(const Listener& listener);
Result<Listener> decode_listener(std::string_view blob);

}  // namespace segue
