#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "producers/replay/files/listening.h"
#include "producers/replay/pace.h"
#include "producers/replay/simulation/simulation.h"

namespace segue {
namespace {

std::vector<EventDraft> events_of(const Simulation& parameters) {
  const auto listening = simulate(parameters);
  std::vector<EventDraft> events;
  while (auto event = listening->next()) events.push_back(std::move(*event));
  return events;
}

std::vector<std::string> encoded(const std::vector<EventDraft>& events) {
  std::vector<std::string> texts;
  texts.reserve(events.size());
  for (const EventDraft& event : events) texts.push_back(event.id + encode(event, "/x").value);
  return texts;
}

constexpr Simulation kTown{.seed = 7, .listeners = 60, .tracks = 1'000, .events_max = 10'000};

TEST(Simulator, the_same_seed_gives_the_same_events) {
  EXPECT_EQ(encoded(events_of(kTown)), encoded(events_of(kTown)));
}

TEST(Simulator, another_seed_gives_other_ids) {
  Simulation other = kTown;
  other.seed = 8;
  std::set<std::string> users;
  for (const EventDraft& event : events_of(kTown)) users.insert(event.user_id);

  for (const EventDraft& event : events_of(other)) ASSERT_FALSE(users.contains(event.user_id));
}

TEST(Simulator, a_later_start_only_moves_the_events) {
  Simulation later = kTown;
  later.start += 5 * kHour + kSecond;
  const auto events = events_of(kTown);

  auto moved = events_of(later);

  for (EventDraft& event : moved) event.time -= 5 * kHour + kSecond;
  EXPECT_EQ(encoded(moved), encoded(events));
}

TEST(Simulator, ends_after_events_max_in_order_of_time_from_its_start) {
  const auto events = events_of(kTown);

  EXPECT_EQ(std::ssize(events), kTown.events_max);
  EXPECT_TRUE(std::ranges::is_sorted(events, {}, &EventDraft::time));
  EXPECT_GE(events.front().time, kTown.start);
  EXPECT_LT(events.front().time, kTown.start + 5 * kMinute);
}

TEST(Simulator, every_play_starts_then_ends_and_sessions_count_from_one) {
  std::unordered_map<std::string, std::uint64_t> seq;
  std::unordered_map<std::string, std::string> playing;  // listener -> play
  std::set<std::string> ids;
  for (const EventDraft& event : events_of(kTown)) {
    ASSERT_EQ(event.seq, ++seq[event.session_id]);
    ASSERT_TRUE(ids.insert(event.id).second);
    if (event.type == EventType::playback_started) {
      ASSERT_TRUE(playing[event.user_id].empty());
      playing[event.user_id] = event.play_id;
    }
    ASSERT_EQ(playing[event.user_id], event.play_id);
    if (!is_terminal(event.type)) continue;
    ASSERT_GT(event.duration_ms, 0);
    ASSERT_GT(event.played_ms, 0);
    ASSERT_LE(event.played_ms, event.duration_ms);
    playing[event.user_id].clear();
  }
}

TEST(Simulator, plays_only_what_its_catalogue_holds) {
  const auto catalogue = catalog_of(kTown);
  std::map<std::string, const CatalogEntry*> tracks;
  std::map<std::string, std::string> artist_names;
  for (const CatalogEntry& entry : catalogue) {
    ASSERT_FALSE(entry.title.empty());
    tracks[entry.track_id] = &entry;
    artist_names[entry.artist] = entry.artist_id;
  }
  std::set<std::string> artists;
  for (const CatalogEntry& entry : catalogue) artists.insert(entry.artist_id);

  EXPECT_EQ(std::ssize(tracks), kTown.tracks);
  EXPECT_EQ(artist_names.size(), artists.size());  // no two artists share a name
  for (const EventDraft& event : events_of(kTown)) {
    const auto found = tracks.find(event.track_id);
    ASSERT_NE(found, tracks.end());
    ASSERT_EQ(event.artist_id, found->second->artist_id);
    if (is_terminal(event.type)) {
      ASSERT_EQ(event.duration_ms, found->second->duration_ms);
    }
  }
}

// Small worlds have short artists, albums and genres, where a run soon meets its end.
TEST(Simulator, the_smallest_worlds_hold_together) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Simulation village{
        .seed = seed, .listeners = 3, .tracks = 50 + std::int64_t(seed), .events_max = 2'000};
    std::set<std::string> tracks;
    for (const CatalogEntry& entry : catalog_of(village)) tracks.insert(entry.track_id);

    for (const EventDraft& event : events_of(village))
      ASSERT_TRUE(tracks.contains(event.track_id)) << "seed " << seed;
  }
}

TEST(Simulator, skips_are_early_and_come_together_where_a_mood_has_turned) {
  int plays = 0;
  int skips = 0;
  int early = 0;
  int after_skip = 0;
  int skips_after_skip = 0;
  std::unordered_map<std::string, bool> skipped_before;
  for (const EventDraft& event : events_of(kTown)) {
    if (!is_terminal(event.type)) continue;
    const bool skipped = event.type == EventType::playback_skipped;
    bool& before = skipped_before[event.session_id];
    ++plays;
    skips += skipped ? 1 : 0;
    early += skipped && event.played_ms < 30'000 ? 1 : 0;
    after_skip += before ? 1 : 0;
    skips_after_skip += before && skipped ? 1 : 0;
    before = skipped;
  }

  EXPECT_GT(skips, plays / 20);
  EXPECT_LT(skips, plays / 4);
  EXPECT_GT(early, skips / 2);
  EXPECT_GT(2 * skips_after_skip * plays, 3 * skips * after_skip);
}

// A pattern that a model can learn: after a track, its most frequent follower should often come
// again.
TEST(Simulator, the_order_of_tracks_predicts_and_popularity_alone_does_not) {
  Simulation crowd = kTown;
  crowd.events_max = 60'000;
  std::unordered_map<std::string, std::map<std::string, int>> follows;
  std::unordered_map<std::string, std::string> before;
  std::map<std::string, int> plays;
  int scored = 0;
  int followed = 0;
  for (const EventDraft& event : events_of(crowd)) {
    if (event.type != EventType::playback_completed) continue;
    ++plays[event.track_id];
    std::string& last = before[event.session_id];
    if (!last.empty()) {
      ++scored;
      if (follows[last].contains(event.track_id)) ++followed;
      ++follows[last][event.track_id];
    }
    last = event.track_id;
  }
  std::vector<int> counts;
  int all = 0;
  for (const auto& [track, count] : plays) {
    counts.push_back(count);
    all += count;
  }
  std::ranges::sort(counts, std::greater<>());
  int top = 0;
  for (std::size_t i = 0; i < 20; ++i) top += counts[i];

  EXPECT_GT(followed, scored / 3);
  EXPECT_LT(top, all / 6);
}

constexpr Micros kNow = 1'795'262'400 * kSecond + 1'234'567;

ReplayConfig beginning(std::int64_t days_ago) {
  ReplayConfig config;
  config.rate = 500;
  config.events_max = 2'000;
  config.days_ago = days_ago;
  return config;
}

TEST(Simulation, begins_so_many_days_before_now_in_whole_milliseconds) {
  EXPECT_EQ(simulation_of(beginning(35), kNow).start, kNow - 567 - 35 * kDay);
  EXPECT_EQ(simulation_of(beginning(0), kNow).start, kNow - 567);
}

TEST(Simulation, begins_now_where_listeners_live_no_faster_than_we_do) {
  ReplayConfig config = beginning(35);
  config.rate = 0;
  EXPECT_EQ(simulation_of(config, kNow).start, kNow - 567);

  config.speed = 2;
  EXPECT_EQ(simulation_of(config, kNow).start, kNow - 567 - 35 * kDay);
}

TEST(Simulation, is_the_same_listening_whenever_it_begins) {
  auto events = events_of(simulation_of(beginning(1), kNow));

  for (EventDraft& event : events) event.time -= 99 * kDay;

  EXPECT_EQ(encoded(events), encoded(events_of(simulation_of(beginning(100), kNow))));
}

TEST(Pace, a_rate_fixes_every_due_time_beforehand) {
  const Pace pace = Pace::at_rate(500);

  EXPECT_EQ(pace.due(0, 123), 0);
  EXPECT_EQ(pace.due(1, 123), 2'000);
  EXPECT_EQ(pace.due(500 * 3600, 123), kHour);
}

TEST(Pace, a_speed_follows_the_events) {
  const Pace pace = Pace::at_speed(60, 1'000 * kSecond);

  EXPECT_EQ(pace.due(9, 1'000 * kSecond), 0);
  EXPECT_EQ(pace.due(9, 1'060 * kSecond), kSecond);
  EXPECT_EQ(Pace::unpaced().due(9, kDay), 0);
}

}  // namespace
}  // namespace segue
