#include "core/listener/influence.h"

#include <algorithm>
#include <cmath>

#include "core/listener/listening.h"
#include "core/ranking/query.h"
#include "core/wire/blob.h"

namespace segue {
namespace {

// No listener hears more tracks in a day of 24 hours (at three and a half minutes each). What is
// beyond falls with the square: a day's all together stays below twice this.
constexpr float kListensOfDay = 411;
// So many tracks of an artist in a day, an album or two, count whole.
constexpr float kOfArtist = 24;
// So many plays of a track count whole, on whatever days: who hears it for ten days says little
// new, and a push that takes its time must not be worth more than one that does not.
constexpr float kPlaysWhole = 2;
// From here on a play counts nothing that a float would keep.
constexpr int kHalvedMax = 24;
// Listeners who know so many different tracks count whole, who know fewer in proportion: influence
// is earned by listening (after the influence limiter of Resnick and Sami, 2007), so an account
// made to play one track has a part of a vote. What it teaches the ranker is earned sooner: where
// each session is a listener of its own, most are short.
constexpr float kTracksWhole = 3;
constexpr float kTracksWholeLesson = 2;
// A listener who hears a track more often in a day has it on a loop, or pushes it.
constexpr int kNewOnADay = 3;
// So many plays of a track in a day teach the ranker whole: that people come back is to be learned.
constexpr float kLessonsWhole = 8;
// A smaller lesson is none.
constexpr float kLessonMin = 1.0F / 64;

template <class All, class Same>
std::uint8_t today_of(const All& all, Same same) {
  const auto found = std::find_if(all.begin(), all.end(), same);
  return found == all.end() ? std::uint8_t{0} : found->today;
}

template <class All, class Same>
void count(All& all, Same same) {
  const auto found = std::find_if(all.begin(), all.end(), same);
  if (found != all.end() && found->today < UINT8_MAX) ++found->today;
}

float halved(int times) { return std::ldexp(1.0F, -std::min(times, kHalvedMax)); }

std::uint8_t plays_today(const Listener& listener, TrackId track) {
  return today_of(listener.repeats, [&](const Repeat& r) { return r.track == track; });
}

// How often the listener played it with this, fading: what they have already said.
float plays_known(const Listener& listener, const Event& event) {
  const auto found = std::ranges::find(listener.repeats, event.track, &Repeat::track);
  return 1 + (found == listener.repeats.end() ? 0 : faded(found->plays, found->last, event.time));
}

// The share of a whole listen that the listener has earned, by how many tracks they know with this.
float earned_by(const Listener& listener, TrackId track, float whole) {
  const std::size_t tracks = listener.repeats.size() + (knows(listener, track) ? 0 : 1);
  return std::min(1.0F, static_cast<float>(tracks) / whole);
}

// The share of a listen that the listener's day and their erasures leave.
float left_of(const Listener& listener) {
  const float over =
      kListensOfDay / std::max(kListensOfDay, static_cast<float>(listener.day.listens));
  return over * over * halved(listener.erasure ? listener.erasure->times : 0);
}

}  // namespace

void begin_day(Listener& listener, const Event& event) {
  const auto day_of = [](Micros time) { return std::clamp<Micros>(time, 0, kBlobTimeMax) / kDay; };
  const std::int64_t played = day_of(event.time);
  const std::int64_t received = day_of(event.received);
  if (played <= listener.day.played || received <= listener.day.received) return;
  listener.day = {.played = played, .received = received};
  for (Repeat& repeat : listener.repeats) repeat.today = 0;
  for (ArtistTaste& taste : listener.artists) taste.today = 0;
}

Influence influence_of(const Listener& listener, const Event& event) {
  const auto plays = static_cast<float>(plays_today(listener, event.track) + 1);
  const float known = std::min(1.0F, kPlaysWhole / plays_known(listener, event));
  const float track = known * known * earned_by(listener, event.track, kTracksWhole) *
                      left_of(listener) / (plays * plays);
  const auto of_artist = static_cast<float>(
      today_of(listener.artists, [&](const ArtistTaste& t) { return t.artist == event.artist; }));
  return {.track = track, .artist = track * kOfArtist / std::max(kOfArtist, of_artist + 1)};
}

bool says_nothing_new(const Listener& listener, TrackId track) {
  return plays_today(listener, track) > kNewOnADay;
}

float lesson_of(const Listener& listener, const Event& event) {
  const auto plays = static_cast<float>(plays_today(listener, event.track) + 1);
  const float share = earned_by(listener, event.track, kTracksWholeLesson) * left_of(listener) *
                      kLessonsWhole / std::max(kLessonsWhole, plays);
  return share < kLessonMin ? 0 : share;
}

void count_today(Listener& listener, const Event& event, bool remembered) {
  ++listener.day.listens;
  if (!remembered) return;
  count(listener.repeats, [&](const Repeat& r) { return r.track == event.track; });
  if (!event.artist) return;
  count(listener.artists, [&](const ArtistTaste& t) { return t.artist == event.artist; });
}

}  // namespace segue
