#include "core/listener/listener.h"

#include "core/ranking/columns.h"
#include "core/wire/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 5;

// Times inside a blob are seconds before the second of the listener's own time: small, so they stay
// short. They are whole seconds in memory as well, because what is remembered decides what is
// forgotten, and a restart must not change that.
std::uint64_t age_s(const Listener& listener, Micros time) {
  return time >= listener.time
             ? 0
             : static_cast<std::uint64_t>(listener.time / kSecond - time / kSecond);
}

// Requires: the listener's time is not negative.
Micros from_age(const Listener& listener, std::uint64_t age) {
  constexpr std::uint64_t kAgeMax = 1'000ULL * 365 * 86'400;
  return (listener.time / kSecond - static_cast<Micros>(std::min(age, kAgeMax))) * kSecond;
}

void write_windows(BlobWriter& out, const ReplayWindows& windows) {
  out.svarint(windows.forgotten_until());
  out.varint(windows.windows().size());
  for (const ReplayWindows::Window& window : windows.windows()) {
    out.u64(window.session.value);
    out.varint(window.top);
    out.varint(window.seen[0]);
    out.varint(window.seen[1]);
    out.svarint(window.last);
    out.svarint(window.unknown_until);
  }
}

ReplayWindows read_windows(BlobReader& in) {
  const Micros forgotten_until = in.svarint();
  std::vector<ReplayWindows::Window> windows(in.count(ReplayWindows::kWindowsMax));
  for (ReplayWindows::Window& window : windows) {
    window.session.value = in.u64();
    window.top = in.varint();
    window.seen[0] = in.varint();
    window.seen[1] = in.varint();
    window.last = in.svarint();
    window.unknown_until = in.svarint();
  }
  ReplayWindows read;
  read.restore(std::move(windows), forgotten_until);
  return read;
}

void write_session(BlobWriter& out, const Listener& listener) {
  out.u64(listener.session.value);
  out.varint(listener.session_listens);
  out.u8(listener.playing ? 1 : 0);
  if (listener.playing) {
    out.u64(listener.playing->track.value);
    out.u64(listener.playing->artist.value);
  }
  out.varint(listener.context.size());
  out.varint(listener.context_in_session);
  for (const HeardTrack& heard : listener.context) {
    out.u64(heard.track.value);
    out.u64(heard.artist.value);
  }
  out.varint(listener.closed_plays.size());
  for (const PlayId play : listener.closed_plays) out.u64(play.value);
}

void read_session(BlobReader& in, Listener& listener) {
  listener.session.value = in.u64();
  listener.session_listens = static_cast<std::uint32_t>(in.varint());
  if (in.u8() != 0) {
    const TrackId track{in.u64()};
    listener.playing = HeardTrack{track, ArtistId{in.u64()}};
  }
  listener.context.resize(in.count(Listener::kContextMax));
  listener.context_in_session = static_cast<std::uint32_t>(in.count(listener.context.size()));
  for (HeardTrack& heard : listener.context) {
    heard.track.value = in.u64();
    heard.artist.value = in.u64();
  }
  listener.closed_plays.resize(in.count(Listener::kClosedPlaysMax));
  for (PlayId& play : listener.closed_plays) play.value = in.u64();
}

void write_taste(BlobWriter& out, const Listener& listener) {
  out.varint(listener.repeats.size());
  for (const Repeat& repeat : listener.repeats) {
    out.u64(repeat.track.value);
    out.f16(repeat.plays);
    out.varint(age_s(listener, repeat.last));
    for (const std::uint16_t next : repeat.next) out.varint(next == Repeat::kNone ? 0 : next + 1U);
    out.u8(repeat.today);
  }
  out.varint(listener.artists.size());
  for (const ArtistTaste& taste : listener.artists) {
    out.u64(taste.artist.value);
    out.f16(taste.plays);
    out.varint(age_s(listener, taste.last));
    out.u8(taste.today);
  }
  out.varint(listener.source_credit.size());
  for (const float credit : listener.source_credit) out.f16(credit);
  out.f16(listener.credit_seen);
  out.f16(listener.repeat_share);
  out.f16(listener.stay_share);
  out.u8(static_cast<std::uint8_t>(listener.own_run));
  out.varint(listener.session_repeats);
}

void write_weights(BlobWriter& out, const Listener& listener) {
  const bool placed = is_known(listener.vector);
  out.u8(placed ? 1 : 0);
  if (placed) write(out, listener.vector);
  out.varint(listener.offsets.size());
  if (listener.offsets.empty()) return;
  out.u32(column_layout_hash());
  for (const float offset : listener.offsets) out.f16(offset);
}

void read_weights(BlobReader& in, Listener& listener) {
  if (in.u8() != 0) listener.vector = read_vector(in);
  listener.offsets.resize(in.count(kColumnsMax));
  if (listener.offsets.empty()) return;
  const std::uint32_t layout = in.u32();
  for (float& offset : listener.offsets) offset = in.f16();
  // From a build with other columns: the listener's own weights are learned again.
  if (layout != column_layout_hash()) listener.offsets.clear();
}

void read_order(BlobReader& in, const Listener& listener, Repeat& repeat) {
  for (std::uint16_t& next : repeat.next) {
    const std::size_t at = in.count(listener.repeats.size());
    next = at == 0 ? Repeat::kNone : static_cast<std::uint16_t>(at - 1);
  }
}

void read_taste(BlobReader& in, Listener& listener, std::uint8_t version) {
  listener.repeats.resize(in.count(Listener::kRepeatsMax));
  for (Repeat& repeat : listener.repeats) {
    repeat.track.value = in.u64();
    repeat.plays = in.f16(0);
    repeat.last = from_age(listener, in.varint());
    if (version > 1) read_order(in, listener, repeat);
    if (version > 3) repeat.today = in.u8();
  }
  listener.artists.resize(in.count(Listener::kArtistsMax));
  for (ArtistTaste& taste : listener.artists) {
    taste.artist.value = in.u64();
    taste.plays = in.f16(0);
    taste.last = from_age(listener, in.varint());
    if (version > 3) taste.today = in.u8();
  }
  const std::size_t sources = in.count(listener.source_credit.size());
  for (std::size_t i = 0; i < sources; ++i) listener.source_credit[i] = in.f16(0);
  listener.credit_seen = in.f16(0);
  listener.repeat_share = in.f16(0, 1);
  listener.stay_share = in.f16(0, 1);
  if (version > 1) {
    listener.own_run = std::min<std::uint32_t>(in.u8(), Listener::kOwnRunMax);
    listener.session_repeats = static_cast<std::uint32_t>(in.varint());
  }
}

// Which of the parts that few listeners have are there.
enum Has : std::uint8_t {
  kNoExplicit = 1,
  kHidden = 2,
  kSkips = 4,
  kRequest = 8,
  kNoLearning = 16,
  kNoPersonalisation = 32,
  kAskedForMusic = 64,
  kErasure = 128,
  kAllOfVersion2 = 15
};

template <class Id>
void write_ids(BlobWriter& out, const std::vector<Id>& ids) {
  out.varint(ids.size());
  for (const Id id : ids) out.u64(id.value);
}

template <class Id>
void read_ids(BlobReader& in, std::size_t max, std::vector<Id>& ids) {
  ids.resize(in.count(max));
  for (Id& id : ids) id.value = in.u64();
}

void write_request(BlobWriter& out, const Request& request) {
  write_ids(out, request.excluded_tracks);
  write_ids(out, request.excluded_artists);
  write_ids(out, request.queued);
  out.u8(request.explicit_allowed ? 1 : 0);
  out.f16(request.adventurous);
}

Request read_request(BlobReader& in) {
  Request request;
  read_ids(in, Request::kTracksMax, request.excluded_tracks);
  read_ids(in, Request::kArtistsMax, request.excluded_artists);
  read_ids(in, Request::kQueuedMax, request.queued);
  request.explicit_allowed = in.u8() != 0;
  request.adventurous = in.f16(-1, 1);
  return request;
}

// Bit 0: of what is playing; bit i + 1: of the context at i.
std::uint64_t unchosen_of(const Listener& listener) {
  std::uint64_t bits = listener.playing && !listener.playing->chosen ? 1 : 0;
  for (std::size_t i = 0; i < listener.context.size(); ++i) {
    if (!listener.context[i].chosen) bits |= std::uint64_t{2} << i;
  }
  return bits;
}

void read_unchosen(BlobReader& in, Listener& listener) {
  const std::uint64_t bits = in.varint();
  if (listener.playing) listener.playing->chosen = (bits & 1) == 0;
  for (std::size_t i = 0; i < listener.context.size(); ++i) {
    listener.context[i].chosen = (bits >> (i + 1) & 1) == 0;
  }
}

void write_wishes(BlobWriter& out, const Listener& listener) {
  const bool hidden = !listener.hidden_tracks.empty() || !listener.hidden_artists.empty();
  out.svarint(listener.last_offset - listener.list_offset);
  const bool asked = listener.request && listener.request->asks_for_music();
  out.u8(static_cast<std::uint8_t>(
      (listener.explicit_allowed ? 0 : kNoExplicit) | (hidden ? kHidden : 0) |
      (listener.skips.empty() ? 0 : kSkips) | (listener.request ? kRequest : 0) |
      (listener.learning ? 0 : kNoLearning) | (listener.personalisation ? 0 : kNoPersonalisation) |
      (asked ? kAskedForMusic : 0) | (listener.erasure ? kErasure : 0)));
  if (hidden) {
    write_ids(out, listener.hidden_tracks);
    write_ids(out, listener.hidden_artists);
  }
  if (!listener.skips.empty()) {
    out.varint(listener.skips.size());
    for (const SkippedTrack& skipped : listener.skips) {
      out.u64(skipped.track.value);
      out.u64(skipped.artist.value);
      out.f16(skipped.weight);
    }
  }
  if (listener.request) write_request(out, *listener.request);
  if (asked) {
    out.u64(listener.request->seed.value);
    out.u32(listener.request->genre);
    out.u32(listener.request->mood);
  }
  if (listener.erasure) {
    out.svarint(listener.erasure->at);
    out.svarint(listener.erasure->device_at);
    out.u8(listener.erasure->times);
  }
  out.varint(static_cast<std::uint64_t>(listener.day.played));
  out.varint(static_cast<std::uint64_t>(listener.day.received));
  out.varint(listener.day.listens);
  out.varint(unchosen_of(listener));
  out.varint(listener.listed.size());
  for (const std::uint32_t track : listener.listed) out.u32(track);
  write(out, listener.composed, listener.request ? &*listener.request : nullptr);
}

void read_wishes(BlobReader& in, Listener& listener, std::uint8_t version) {
  // Unsigned, because a damaged blob may say anything.
  listener.list_offset = static_cast<std::int64_t>(
      static_cast<std::uint64_t>(listener.last_offset) - static_cast<std::uint64_t>(in.svarint()));
  const std::uint8_t has = in.u8();
  if (version == 2 && has > kAllOfVersion2) in.fail();
  listener.explicit_allowed = (has & kNoExplicit) == 0;
  listener.learning = (has & kNoLearning) == 0;
  listener.personalisation = (has & kNoPersonalisation) == 0;
  if ((has & kHidden) != 0) {
    read_ids(in, Listener::kHiddenTracksMax, listener.hidden_tracks);
    read_ids(in, Listener::kHiddenArtistsMax, listener.hidden_artists);
  }
  if ((has & kSkips) != 0) {
    listener.skips.resize(in.count(Listener::kSkipsMax));
    for (SkippedTrack& skipped : listener.skips) {
      skipped.track.value = in.u64();
      skipped.artist.value = in.u64();
      skipped.weight = in.f16(0, 1);
    }
  }
  if ((has & kRequest) != 0) listener.request = read_request(in);
  if ((has & kAskedForMusic) != 0) {
    if (!listener.request) return in.fail();
    listener.request->seed.value = in.u64();
    listener.request->genre = in.u32();
    listener.request->mood = in.u32();
  }
  if ((has & kErasure) != 0) {
    const Micros at = in.svarint();
    // A damaged blob may say anything, and kErasureKept is added to it.
    if (at > std::numeric_limits<Micros>::max() - Listener::kErasureKept) return in.fail();
    listener.erasure = Listener::Erasure{.at = at, .device_at = in.svarint()};
    if (version > 3) listener.erasure->times = in.u8();
  }
  // Before version 4 the list itself was not stored: nothing can be scored on it.
  if (version < 4) {
    listener.list_offset = -1;
    return;
  }
  constexpr std::size_t kDayMax = kBlobTimeMax / kDay;
  listener.day.played = static_cast<std::int64_t>(in.count(kDayMax));
  listener.day.received = static_cast<std::int64_t>(in.count(kDayMax));
  listener.day.listens = static_cast<std::uint32_t>(in.count(INT32_MAX));
  read_unchosen(in, listener);
  listener.listed.resize(in.count(Listener::kListedMax));
  for (std::uint32_t& track : listener.listed) track = in.u32();
  if (version < 5) return;
  read(in, listener.composed, listener.request ? &*listener.request : nullptr);
}

}  // namespace

std::string encode(const Listener& listener) {
  std::string blob;
  blob.reserve(512);
  BlobWriter out(blob);
  out.u8(kVersion);
  out.svarint(listener.last_offset);
  out.varint(listener.events);
  out.varint(listener.listens);
  out.svarint(listener.time);
  write_windows(out, listener.windows);
  write_session(out, listener);
  write_taste(out, listener);
  write_wishes(out, listener);
  write_weights(out, listener);
  return blob;
}

Result<Listener> decode_listener(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kVersion) {
    return error(Reason::unknown_version, "listener blob is not version 1 to 5");
  }
  Listener listener;
  listener.last_offset = in.svarint();
  listener.events = in.varint();
  listener.listens = in.varint();
  // Later than that no clock is: two times can be subtracted.
  listener.time = std::min<Micros>(in.svarint(), kBlobTimeMax);
  if (listener.time < 0) in.fail();
  listener.windows = read_windows(in);
  read_session(in, listener);
  read_taste(in, listener, version);
  if (version > 1) {
    read_wishes(in, listener, version);
    read_weights(in, listener);
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "listener blob does not add up");
  return listener;
}

}  // namespace segue
