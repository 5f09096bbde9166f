#include "core/listening.h"

#include <algorithm>

#include "core/play_class.h"
#include "core/query.h"

namespace segue {
namespace {

constexpr std::uint32_t kSignalDistanceMax = 5;
// Not a setting: two workers with different gaps would make different signals of one log.
constexpr Micros kSessionGap = 1'800 * kSecond;
constexpr float kShareKept = 0.95F;
// After eight half-lives what is added no longer grows to make up for the fading.
constexpr float kKeptMin = 1.0F / 256;
// A whole skip takes so much of an artist's plays away: one by accident does not ban an artist.
constexpr float kSkipArtist = 0.3F;

// The lowest bit of a listener's session says whether it is private.
constexpr std::uint64_t kPrivate = 1;

bool is_private(SessionId session) { return (session.value & kPrivate) != 0; }

SessionId session_of(const Event& event) {
  return {(event.session.value & ~kPrivate) | (event.private_session ? kPrivate : 0)};
}

template <class Kept>
void drop_weakest(std::vector<Kept>& all, Micros now) {
  all.erase(std::min_element(all.begin(), all.end(), [&](const Kept& a, const Kept& b) {
    return faded(a.plays, a.last, now) < faded(b.plays, b.last, now);
  }));
}

void remember_track(Listener& listener, TrackId track, Micros now) {
  const auto known = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == track; });
  const float was = known != listener.repeats.end() ? 1.0F : 0.0F;
  listener.repeat_share = kShareKept * listener.repeat_share + (1 - kShareKept) * was;
  if (known != listener.repeats.end()) {
    known->plays = faded(known->plays, known->last, now) + 1;
    known->last = now;
    return;
  }
  if (listener.repeats.size() == Listener::kRepeatsMax) drop_weakest(listener.repeats, now);
  listener.repeats.push_back({track, 1, now});
}

void remember_skip(Listener& listener, const Event& event) {
  const float weight = skip_weight(event);
  if (weight == 0) return;
  auto& skips = listener.skips;
  if (skips.size() == Listener::kSkipsMax) skips.erase(skips.begin());
  skips.push_back({event.track, event.artist, weight});
}

}  // namespace

bool knows(const Listener& listener, TrackId track) {
  return std::any_of(listener.repeats.begin(), listener.repeats.end(),
                     [&](const Repeat& r) { return r.track == track; });
}

bool has_ended(const Listener& listener, PlayId play) {
  const auto& closed = listener.closed_plays;
  return play && std::find(closed.begin(), closed.end(), play) != closed.end();
}

bool close_play(Listener& listener, PlayId play) {
  if (!play) return true;
  if (has_ended(listener, play)) return false;
  auto& closed = listener.closed_plays;
  if (closed.size() == Listener::kClosedPlaysMax) closed.erase(closed.begin());
  closed.push_back(play);
  return true;
}

void enter_session(Listener& listener, const Event& event) {
  const SessionId session = session_of(event);
  const bool was_private = is_private(listener.session);
  const bool goes_on =
      event.session ? session == listener.session : event.time - listener.time <= kSessionGap;
  if (goes_on && was_private == event.private_session) return;
  if (was_private) listener.context.clear();
  listener.session = session;
  listener.session_listens = 0;
  listener.context_in_session = 0;
  listener.playing.reset();
  listener.skips.clear();
  listener.request.reset();
}

void prefer(Listener& listener, TrackId track, float plays, Micros now) {
  const auto known = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == track; });
  if (known != listener.repeats.end()) {
    // It was not played now: what is added fades with the rest from the last play.
    const float kept = faded(1, known->last, now);
    known->plays = std::max(0.0F, known->plays + plays / std::max(kept, kKeptMin));
    return;
  }
  if (plays <= 0) return;
  if (listener.repeats.size() == Listener::kRepeatsMax) drop_weakest(listener.repeats, now);
  listener.repeats.push_back({track, plays, now});
}

void prefer(Listener& listener, ArtistId artist, float plays, Micros now) {
  if (!artist) return;
  const auto known = std::find_if(listener.artists.begin(), listener.artists.end(),
                                  [&](const ArtistTaste& t) { return t.artist == artist; });
  if (known != listener.artists.end()) {
    known->plays = std::max(0.0F, faded(known->plays, known->last, now) + plays);
    known->last = now;
    return;
  }
  if (plays <= 0) return;
  if (listener.artists.size() == Listener::kArtistsMax) drop_weakest(listener.artists, now);
  listener.artists.push_back({artist, plays, now});
}

std::vector<ItemSignal> signals_of(const Listener& listener, const Event& event) {
  std::vector<ItemSignal> signals;
  if (event.private_session) return signals;
  const auto add = [&](SignalKind kind, ItemId item, ItemId other, std::uint32_t distance,
                       std::string_view name) {
    signals.push_back({.offset = event.offset,
                       .kind = kind,
                       .item = item,
                       .other = other,
                       .distance = static_cast<std::uint8_t>(distance),
                       .time = event.time,
                       .name = std::string(name)});
  };
  const ItemId track = item_of(event.track);
  if (was_skipped(event)) {
    add(SignalKind::skipped, track, item_of(event.artist), 0, event.track_name);
    return signals;
  }
  add(SignalKind::played, track, item_of(event.artist), 0, event.track_name);
  if (event.artist) {
    add(SignalKind::of_artist, item_of(event.artist), track, 0, event.artist_name);
  }
  const std::uint32_t reach = std::min(listener.context_in_session, kSignalDistanceMax);
  for (std::uint32_t i = 0; i < reach; ++i) {
    const TrackId before = listener.context[i].track;
    if (before != event.track) add(SignalKind::followed, item_of(before), track, i + 1, {});
  }
  return signals;
}

void hear(Listener& listener, const Event& event) {
  const Micros now = std::max(listener.time, event.time);
  ++listener.listens;
  ++listener.session_listens;
  if (was_skipped(event)) {
    remember_skip(listener, event);
    if (!event.private_session) {
      prefer(listener, event.artist, -kSkipArtist * skip_weight(event), now);
    }
    return;
  }
  const float stayed = listener.context_in_session > 0 && event.artist &&
                               listener.context.front().artist == event.artist
                           ? 1.0F
                           : 0.0F;
  // Who hears it after all did not mean the skip.
  std::erase_if(listener.skips, [&](const SkippedTrack& s) { return s.track == event.track; });
  if (listener.context.size() == Listener::kContextMax) listener.context.pop_back();
  listener.context.insert(listener.context.begin(), {event.track, event.artist});
  listener.context_in_session = std::min<std::uint32_t>(
      listener.context_in_session + 1, static_cast<std::uint32_t>(listener.context.size()));
  if (event.private_session) return;
  listener.stay_share = kShareKept * listener.stay_share + (1 - kShareKept) * stayed;
  remember_track(listener, event.track, now);
  prefer(listener, event.artist, 1, now);
}

}  // namespace segue
