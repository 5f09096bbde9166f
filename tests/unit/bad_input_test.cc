// Input that no well-behaved player sends, and unplanned sizes: nothing crashes, nothing grows
// without bound. Single odd events stand in tests/scenarios; what it costs, segue-scale-bench says.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>

#include "core/listener/listening.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

constexpr std::uint32_t kSeed = 33;
constexpr std::size_t kListenerBytesMax = 6'144;  // MODELS: a listener of 10,000 listens

// Small rankings: here it is the state that is large.
Tuning small_lists() {
  Tuning tuning;
  tuning.k = 5;
  tuning.candidates_max = 16;
  return tuning;
}

void expect_well_formed(const Recommendation& list, const Tuning& tuning) {
  std::set<std::uint64_t> tracks;
  EXPECT_LE(std::ssize(list.items), tuning.k);
  for (const RecommendedTrack& item : list.items) {
    EXPECT_TRUE(std::isfinite(item.score));
    EXPECT_FALSE(item.track_id.empty());
    EXPECT_TRUE(tracks.insert(item.track.value).second) << item.track_id << " stands twice";
  }
}

TEST(BadInput, a_listener_of_a_hundred_thousand_plays_is_as_small_as_any) {
  World world(small_lists());
  Listener& ada = world.listener();
  Event event = completed("", "", kNoon);
  for (int i = 0; i < 100'000; ++i) {
    // As `step` does for each listen, less the ranking. Mostly favourites, always something new.
    const int track = i % 50 == 0 ? 1'000 + i : 1 + i % 280;
    event.track = TrackId{static_cast<std::uint64_t>(track)};
    event.artist = ArtistId{static_cast<std::uint64_t>(1 + track % 3'000)};
    event.time = kNoon + i * 3 * kMinute;
    enter_session(ada, event);
    hear(ada, event);
    ada.time = event.time;
  }

  const Effects effects = world.play(completed("blue", "miles", ada.time + 3 * kMinute));

  EXPECT_EQ(effects.outcome, Outcome::applied);
  EXPECT_LE(ada.repeats.size(), Listener::kRepeatsMax);
  EXPECT_LE(ada.artists.size(), Listener::kArtistsMax);
  const std::string blob = encode(ada);
  EXPECT_LE(blob.size(), kListenerBytesMax);
  EXPECT_TRUE(decode_listener(blob).has_value());
}

TEST(BadInput, a_catalogue_of_one_track_recommends_it_or_nothing) {
  World world;
  for (int i = 0; i < 30; ++i) {
    const Effects effects = world.play(completed("blue", "miles", kNoon + i * 3 * kMinute));

    ASSERT_TRUE(effects.recommendation.has_value());
    expect_well_formed(*effects.recommendation, world.tuning());
    EXPECT_LE(effects.recommendation->items.size(), 1U);
  }
}

TEST(BadInput, a_catalogue_far_larger_than_what_is_held_takes_no_more_room) {
  Tuning tuning = small_lists();
  tuning.models_held_max = 1'000;
  World world(tuning);
  for (int i = 0; i < 50'000; ++i) {
    const std::string track = "t" + std::to_string(i);
    world.models().enrich(entry(track, "T", "a" + std::to_string(i % 9'000), "A"));
    if (i % 10 == 0) world.models().take_down(track_id(track));
  }

  EXPECT_LE(world.models().slots(), 4'000U);
  const Effects effects = world.play(completed("t49999", "a9", kNoon));
  ASSERT_TRUE(effects.recommendation.has_value());
  expect_well_formed(*effects.recommendation, tuning);
}

// Unknown tracks, no artist, clocks that jump both ways or stand still, endless and tiny
// sessions, plays that end twice: all at once.
Event anything(std::mt19937& random) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::int64_t>(random() % n); };
  const bool known = below(4) > 0;
  const std::string track = known ? "t" + std::to_string(below(20)) : std::to_string(random());
  const std::string artist = below(3) > 0 ? "a" + std::to_string(below(5)) : "";
  const EventType kinds[] = {EventType::playback_started, EventType::playback_completed,
                             EventType::playback_skipped, EventType::playback_stopped};
  const Micros year = 365 * 24 * 60 * kMinute;
  Micros at = kNoon;
  if (below(3) == 0) at += (below(3) - 1) * year;
  if (below(2) == 0) at += below(1'000) * kSecond;
  Event event = ended(kinds[below(4)], track, artist, at);
  if (artist.empty()) event.artist = {};
  event.user_id = below(2) == 0 ? "ada" : "bob";
  if (below(2) == 0) event.play = PlayId{static_cast<std::uint64_t>(1 + below(50))};
  event.private_session = below(9) == 0;
  return event;
}

TEST(BadInput, whatever_comes_lists_are_well_formed_and_listeners_small) {
  World world(small_lists());
  std::mt19937 random(kSeed);
  Micros clock = 0;
  for (int i = 0; i < 3'000; ++i) {
    const Event event = anything(random);
    const Effects effects = world.play(event);
    SCOPED_TRACE(testing::Message() << "event " << i << ", seed " << kSeed);

    if (effects.recommendation) expect_well_formed(*effects.recommendation, world.tuning());
    if (event.user_id == "ada") {
      ASSERT_GE(world.listener().time, clock) << "time never runs backwards";
      clock = world.listener().time;
    }
  }
  for (const auto& [name, listener] : world.listeners()) {
    const std::string blob = encode(listener);
    EXPECT_LE(blob.size(), kListenerBytesMax) << name;
    EXPECT_TRUE(decode_listener(blob).has_value()) << name;
  }
}

}  // namespace
}  // namespace segue::test
