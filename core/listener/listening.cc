#include "core/listener/listening.h"

#include <algorithm>

#include "core/event/play_class.h"
#include "core/listener/influence.h"
#include "core/ranking/query.h"
#include "core/wire/blob.h"

namespace segue {
namespace {

constexpr std::uint32_t kTrackDistanceMax = 10;
constexpr std::uint32_t kArtistDistanceMax = 3;
// Not a setting: two workers with different gaps would make different signals of one log.
constexpr Micros kSessionGap = 1'800 * kSecond;
// The longest play that a client's word bridges: who claims more leaves the session.
constexpr Micros kPlayMax = 6 * kHour;
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

// A session that began with an event without an id has the id that comes next, unless that begins
// another one after something was heard in this one.
bool takes_id(const Listener& listener, const Event& event) {
  const bool has_id = (listener.session.value & ~kPrivate) != 0;
  return !has_id && (event.type != EventType::session_started || listener.session_listens == 0);
}

void change_session(Listener& listener, SessionId session) {
  if (is_private(listener.session)) {
    listener.context.clear();
    listener.list_offset = -1;
    listener.listed.clear();
  }
  listener.session = session;
  listener.session_listens = 0;
  listener.session_repeats = 0;
  listener.context_in_session = 0;
  listener.playing.reset();
  listener.skips.clear();
  listener.request.reset();
  begin_session(listener.composed);
}

// As far as the event itself says; a pause ends a session as well.
bool is_of_session(const Listener& listener, const Event& event) {
  if (!event.session && event.type == EventType::request_made && !event.private_session)
    return true;
  const SessionId session = session_of(event);
  return (!event.session || session == listener.session || takes_id(listener, event)) &&
         is_private(listener.session) == event.private_session;
}

// As a restart reads it back: what is remembered decides what is forgotten, and so what the
// trainers hear; that must follow from the log alone.
float as_stored(float plays) { return static_cast<float>(half_of(plays)); }
Micros whole_second(Micros time) { return time - time % kSecond; }

template <class Kept>
std::ptrdiff_t weakest(const std::vector<Kept>& all, Micros now) {
  return std::min_element(all.begin(), all.end(),
                          [&](const Kept& a, const Kept& b) {
                            return faded(a.plays, a.last, now) < faded(b.plays, b.last, now);
                          }) -
         all.begin();
}

std::uint16_t position(const Listener& listener, TrackId track) {
  const auto found = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == track; });
  return found == listener.repeats.end()
             ? Repeat::kNone
             : static_cast<std::uint16_t>(found - listener.repeats.begin());
}

void forget_weakest_track(Listener& listener, Micros now, Left& left) {
  const std::ptrdiff_t at = weakest(listener.repeats, now);
  const auto gone = static_cast<std::size_t>(at);
  left.push_back(item_of(listener.repeats[gone].track));
  listener.repeats.erase(listener.repeats.begin() + at);
  for (Repeat& repeat : listener.repeats) {
    for (std::uint16_t& next : repeat.next) {
      if (next == Repeat::kNone || next < gone) continue;
      next = next == gone ? Repeat::kNone : static_cast<std::uint16_t>(next - 1);
    }
  }
}

// The listener went from one track to the next: as they did before, or not.
void remember_order(Listener& listener, Repeat& from, std::uint16_t to) {
  const bool as_before = from.next[0] == to || from.next[1] == to;
  listener.own_run = as_before ? std::min(listener.own_run + 1, Listener::kOwnRunMax) : 0;
  if (from.next[0] != to) from.next = {to, from.next[0]};
}

// An order, and a habit of coming back, are the listener's own only where they chose the track.
void remember_track(Listener& listener, TrackId track, Micros now, bool chosen, Left& left) {
  std::uint16_t at = position(listener, track);
  const bool known = at != Repeat::kNone;
  if (chosen) {
    listener.repeat_share = kShareKept * listener.repeat_share + (1 - kShareKept) * (known ? 1 : 0);
  }
  if (known) {
    Repeat& repeat = listener.repeats[at];
    repeat.plays = as_stored(faded(repeat.plays, repeat.last, now) + 1);
    repeat.last = std::max(repeat.last, whole_second(now));
  } else {
    if (listener.repeats.size() == Listener::kRepeatsMax) forget_weakest_track(listener, now, left);
    at = static_cast<std::uint16_t>(listener.repeats.size());
    listener.repeats.push_back({.track = track, .plays = 1, .last = whole_second(now)});
  }
  if (listener.context_in_session == 0 || !chosen) return;
  const std::uint16_t before = position(listener, listener.context.front().track);
  if (before != Repeat::kNone) remember_order(listener, listener.repeats[before], at);
}

// A listen that came late, added to a count as it would stand had it come in time.
template <class Kept>
void add_late(Kept& kept, Micros when) {
  if (when >= kept.last) {
    kept.plays = as_stored(faded(kept.plays, kept.last, when) + 1);
    kept.last = whole_second(when);
  } else {
    kept.plays = as_stored(kept.plays + faded(1, whole_second(when), kept.last));
  }
}

void hear_late(Listener& listener, const Event& event, Left& left) {
  const auto track = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == event.track; });
  if (track != listener.repeats.end()) {
    add_late(*track, event.time);
  } else {
    prefer(listener, event.track, 1, event.time, left);
  }
  const auto artist = std::find_if(listener.artists.begin(), listener.artists.end(),
                                   [&](const ArtistTaste& t) { return t.artist == event.artist; });
  if (artist != listener.artists.end()) {
    add_late(*artist, event.time);
  } else {
    prefer(listener, event.artist, 1, event.time, left);
  }
}

void remember_skip(Listener& listener, const Event& event) {
  const float weight = skip_weight(event);
  if (weight == 0) return;
  auto& skips = listener.skips;
  if (skips.size() == Listener::kSkipsMax) skips.erase(skips.begin());
  skips.push_back({event.track, event.artist, weight});
}

std::vector<ItemId> tracks_before(const Listener& listener, TrackId now) {
  std::vector<ItemId> before;
  for (std::uint32_t i = 0; i < listener.context_in_session; ++i) {
    const TrackId track = listener.context[i].track;
    if (track != now && !says_nothing_new(listener, track)) before.push_back(item_of(track));
  }
  return before;
}

std::vector<ItemId> artists_before(const Listener& listener, ArtistId now) {
  std::vector<ItemId> before;
  for (std::uint32_t i = 0; i < std::min(listener.context_in_session, kArtistDistanceMax); ++i) {
    const ArtistId artist = listener.context[i].artist;
    if (artist && artist != now) before.push_back(item_of(artist));
  }
  return before;
}

}  // namespace

bool knows(const Listener& listener, TrackId track) {
  return std::any_of(listener.repeats.begin(), listener.repeats.end(),
                     [&](const Repeat& r) { return r.track == track; });
}

bool knows(const Listener& listener, ArtistId artist) {
  return std::any_of(listener.artists.begin(), listener.artists.end(),
                     [&](const ArtistTaste& t) { return t.artist == artist; });
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

bool is_late(const Listener& listener, const Event& event) {
  return event.time < listener.time - kSessionGap;
}

bool is_in_private(const Listener& listener) { return is_private(listener.session); }

bool is_out_of_order(const Listener& listener, const Event& event) {
  if (listener.context_in_session == 0 || !is_of_session(listener, event)) return false;
  const std::uint16_t latest = position(listener, listener.context.front().track);
  return latest != Repeat::kNone && event.time < listener.repeats[latest].last;
}

bool was_chosen(const Listener& listener, const Event& event) {
  if (event.started_by != StartedBy::unknown) return event.started_by == StartedBy::listener;
  const auto& playing = listener.playing;
  return !playing || playing->track != event.track || playing->chosen;
}

void enter_session(Listener& listener, const Event& event) {
  const Micros heard =
      is_terminal(event.type) ? std::min(event.played_ms * kMillisecond, kPlayMax) : 0;
  const bool paused = event.time - heard - listener.time > kSessionGap;
  if (!paused && is_of_session(listener, event)) {
    if (event.session) listener.session = session_of(event);
    return;
  }
  change_session(listener, session_of(event));
}

bool end_session(Listener& listener, const Event& event) {
  const bool same = ((event.session.value ^ listener.session.value) & ~kPrivate) == 0;
  if (event.session && !same && !takes_id(listener, event)) return false;
  const bool was_private = is_private(listener.session);
  change_session(listener, {});
  return was_private;
}

void prefer(Listener& listener, TrackId track, float plays, Micros now, Left& left) {
  const auto known = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == track; });
  if (known != listener.repeats.end()) {
    // It was not played now: what is added fades with the rest from the last play.
    const float kept = faded(1, known->last, now);
    known->plays = as_stored(std::max(0.0F, known->plays + plays / std::max(kept, kKeptMin)));
    return;
  }
  if (plays <= 0) return;
  if (listener.repeats.size() == Listener::kRepeatsMax) forget_weakest_track(listener, now, left);
  listener.repeats.push_back({.track = track, .plays = plays, .last = whole_second(now)});
}

void prefer(Listener& listener, ArtistId artist, float plays, Micros now, Left& left) {
  if (!artist) return;
  const auto known = std::find_if(listener.artists.begin(), listener.artists.end(),
                                  [&](const ArtistTaste& t) { return t.artist == artist; });
  if (known != listener.artists.end()) {
    known->plays = as_stored(std::max(0.0F, faded(known->plays, known->last, now) + plays));
    known->last = whole_second(now);
    return;
  }
  if (plays <= 0) return;
  if (listener.artists.size() == Listener::kArtistsMax) {
    const auto gone = listener.artists.begin() + weakest(listener.artists, now);
    left.push_back(item_of(gone->artist));
    listener.artists.erase(gone);
  }
  listener.artists.push_back({.artist = artist, .plays = plays, .last = whole_second(now)});
}

std::vector<ItemSignal> signals_of(const Listener& listener, const Event& event, Counts counts) {
  std::vector<ItemSignal> signals;
  if (event.private_session) return signals;
  // A late listen has no neighbours here, and an order that our own list gave teaches nothing.
  const bool in_order = counts.in_session && (counts.chosen || !event.from_list);
  signals.reserve(SignalBatch::kSignalsOfEventMax);
  const Influence influence = influence_of(listener, event);
  const auto add = [&](SignalKind kind, ItemId item, ItemId other, std::uint32_t distance,
                       std::string_view name) {
    signals.push_back({.offset = event.offset,
                       .kind = kind,
                       .item = item,
                       .other = other,
                       .distance = static_cast<std::uint8_t>(distance),
                       .time = event.time,
                       .name = std::string(name),
                       .before = {}});
  };
  const auto by_the_listener = [&](bool first, float weight) {
    signals.back().first = first;
    signals.back().listener = listener.vector;
    signals.back().who = listener_mark(event.user_id);
    signals.back().weight = weight;
  };
  const ItemId track = item_of(event.track);
  if (was_skipped(event)) {
    add(SignalKind::skipped, track, item_of(event.artist), 0, event.track_name);
    return signals;
  }
  add(SignalKind::played, track, item_of(event.artist), 0, event.track_name);
  by_the_listener(!knows(listener, event.track), influence.track);
  signals.back().title = event.title;
  if (in_order) {
    signals.back().before = tracks_before(listener, event.track);
    signals.back().session = session_mark(listener_id(event.user_id), listener.session, event.time);
  }
  if (event.artist) {
    add(SignalKind::of_artist, item_of(event.artist), track, 0, event.artist_name);
    by_the_listener(!knows(listener, event.artist), influence.artist);
    signals.back().title = event.artist_title;
    if (in_order) signals.back().before = artists_before(listener, event.artist);
  }
  if (!in_order) return signals;
  const std::uint32_t here = listener.context_in_session;
  for (std::uint32_t i = 0; i < std::min(here, kTrackDistanceMax); ++i) {
    const TrackId before = listener.context[i].track;
    if (before == event.track) continue;
    add(SignalKind::followed, item_of(before), track, i + 1, {});
    signals.back().weight = influence.track;
    if (i == 0 && here > 1) signals.back().before = {item_of(listener.context[1].track)};
  }
  if (!event.artist) return signals;
  for (std::uint32_t i = 0; i < std::min(here, kArtistDistanceMax); ++i) {
    const ArtistId before = listener.context[i].artist;
    // To themselves only at once: how often listeners stay with an artist.
    if (before && (before != event.artist || i == 0)) {
      add(SignalKind::led_to, item_of(before), item_of(event.artist), i + 1, {});
      signals.back().weight = influence.artist;
    }
  }
  return signals;
}

Left hear(Listener& listener, const Event& event, Counts counts) {
  Left left;
  ++listener.listens;
  if (!counts.in_session) {
    if (!event.private_session && !was_skipped(event)) hear_late(listener, event, left);
    count_today(listener, event, !event.private_session && !was_skipped(event));
    return left;
  }
  const Micros now = std::max(listener.time, event.time);
  ++listener.session_listens;
  if (knows(listener, event.track)) ++listener.session_repeats;
  if (was_skipped(event)) {
    remember_skip(listener, event);
    if (!event.private_session) {
      prefer(listener, event.artist, -kSkipArtist * skip_weight(event), now, left);
    }
    count_today(listener, event, false);
    return left;
  }
  const float stayed = listener.context_in_session > 0 && event.artist &&
                               listener.context.front().artist == event.artist
                           ? 1.0F
                           : 0.0F;
  // A listener who hears it after all did not mean the skip.
  std::erase_if(listener.skips, [&](const SkippedTrack& s) { return s.track == event.track; });
  if (!event.private_session) {
    if (counts.chosen) {
      listener.stay_share = kShareKept * listener.stay_share + (1 - kShareKept) * stayed;
    }
    // By its own time, whatever else is later: the next listen is compared with it.
    remember_track(listener, event.track, event.time, counts.chosen, left);
    prefer(listener, event.artist, 1, now, left);
  }
  count_today(listener, event, !event.private_session);
  if (listener.context.size() == Listener::kContextMax) listener.context.pop_back();
  listener.context.insert(listener.context.begin(), {event.track, event.artist, counts.chosen});
  listener.context_in_session = std::min<std::uint32_t>(
      listener.context_in_session + 1, static_cast<std::uint32_t>(listener.context.size()));
  return left;
}

ItemSignal left_signal(const Event& event, Left left) {
  return {.offset = event.offset,
          .kind = SignalKind::left,
          .time = event.time,
          .name = {},
          .before = std::move(left),
          .who = listener_mark(event.user_id),
          .session = session_mark(listener_id(event.user_id), {}, event.time)};
}

Left all_remembered(const Listener& listener) {
  Left all;
  all.reserve(listener.repeats.size() + listener.artists.size());
  for (const Repeat& repeat : listener.repeats) all.push_back(item_of(repeat.track));
  for (const ArtistTaste& taste : listener.artists) all.push_back(item_of(taste.artist));
  return all;
}

}  // namespace segue
