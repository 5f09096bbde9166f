#include "core/listener/listening.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

std::vector<std::string> kinds_of(const std::vector<ItemSignal>& signals) {
  std::vector<std::string> kinds;
  kinds.reserve(signals.size());
  for (const ItemSignal& signal : signals) {
    kinds.push_back(signal.kind == SignalKind::played      ? "played"
                    : signal.kind == SignalKind::skipped   ? "skipped"
                    : signal.kind == SignalKind::of_artist ? "of_artist"
                    : signal.kind == SignalKind::led_to    ? "led_to"
                                                           : "followed");
  }
  return kinds;
}

using Kinds = std::vector<std::string>;

TEST(Listening, a_skip_is_less_than_half_of_a_track) {
  Event event = completed("blue", "miles", kNoon);
  EXPECT_FALSE(was_skipped(event));
  event.played_fraction = 0.49F;
  EXPECT_TRUE(was_skipped(event));

  event = skipped("blue", "miles", kNoon);
  EXPECT_TRUE(was_skipped(event));
  event.played_fraction = 0.5F;
  EXPECT_FALSE(was_skipped(event));

  event = ended(EventType::playback_stopped, "blue", "miles", kNoon);
  EXPECT_FALSE(was_skipped(event)) << "stopped somewhere, perhaps at its end";
}

TEST(Listening, a_listen_speaks_of_its_track_artist_and_what_came_before) {
  World world;
  EXPECT_EQ(kinds_of(world.play(completed("blue", "miles", kNoon)).signals),
            (Kinds{"played", "of_artist"}));

  const auto signals = world.play(completed("so", "john", kNoon + kMinute)).signals;

  EXPECT_EQ(kinds_of(signals), (Kinds{"played", "of_artist", "followed", "led_to"}));
  EXPECT_EQ(signals[0].item, item_of(track_id("so")));
  EXPECT_EQ(signals[0].other, item_of(artist_id("john")));
  EXPECT_EQ(signals[0].name, "so");
  EXPECT_EQ(signals[1].item, item_of(artist_id("john")));
  EXPECT_EQ(signals[1].name, "john");
  EXPECT_EQ(signals[2].item, item_of(track_id("blue")));
  EXPECT_EQ(signals[2].other, item_of(track_id("so")));
  EXPECT_EQ(signals[2].distance, 1);
  EXPECT_TRUE(signals[2].before.empty());
  EXPECT_EQ(signals[3].item, item_of(artist_id("miles")));
  EXPECT_EQ(signals[3].other, item_of(artist_id("john")));
  EXPECT_EQ(signals[3].distance, 1);
}

TEST(Listening, ten_listens_back_are_remembered) {
  World world;
  for (int i = 0; i < 12; ++i) {
    world.play(completed("t" + std::to_string(i), "", kNoon + i * kMinute));
  }

  const auto signals = world.play(completed("last", "", kNoon + kHour / 3)).signals;

  ASSERT_EQ(signals.size(), 11U);
  EXPECT_EQ(signals[0].kind, SignalKind::played);
  EXPECT_EQ(signals[1].before, std::vector{item_of(track_id("t10"))}) << "the one before t11";
  EXPECT_TRUE(signals[2].before.empty()) << "only what comes directly after has an order";
  for (std::uint8_t i = 1; i <= 10; ++i) {
    EXPECT_EQ(signals[i].kind, SignalKind::followed);
    EXPECT_EQ(signals[i].distance, i);
    EXPECT_EQ(signals[i].item, item_of(track_id("t" + std::to_string(12 - i))));
  }
}

TEST(Listening, a_track_does_not_follow_itself) {
  World world;
  world.play(completed("blue", "", kNoon));

  EXPECT_EQ(kinds_of(world.play(completed("blue", "", kNoon + kMinute)).signals), Kinds{"played"});
}

TEST(Listening, a_skip_follows_nothing_and_is_followed_by_nothing) {
  World world;
  world.play(completed("blue", "miles", kNoon));

  EXPECT_EQ(kinds_of(world.play(skipped("so", "miles", kNoon + kMinute)).signals),
            Kinds{"skipped"});
  const auto signals = world.play(completed("train", "", kNoon + 2 * kMinute)).signals;

  ASSERT_EQ(kinds_of(signals), (Kinds{"played", "followed"}));
  EXPECT_EQ(signals[1].item, item_of(track_id("blue"))) << "and it is not in between";
  EXPECT_EQ(signals[1].distance, 1);
  EXPECT_EQ(world.listener().listens, 3U);
}

TEST(Listening, a_skip_takes_a_little_from_its_artist) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  Event whole = skipped("so", "miles", kNoon + kMinute);
  whole.played_fraction = 0.01F;
  world.play(whole);
  world.play(skipped("train", "john", kNoon + 2 * kMinute));

  ASSERT_EQ(world.listener().artists.size(), 1U);
  EXPECT_NEAR(world.listener().artists[0].plays, 0.7, 1e-3);
}

TEST(Listening, a_pause_of_half_an_hour_ends_a_session) {
  World world;
  world.play(completed("blue", "", kNoon));
  EXPECT_EQ(world.play(completed("so", "", kNoon + 30 * kMinute)).signals.size(), 2U);

  const Effects effects = world.play(completed("train", "", kNoon + kHour + kSecond));

  EXPECT_EQ(effects.signals.size(), 1U) << "nothing came before in this session";
  EXPECT_FALSE(effects.score);
  EXPECT_EQ(world.listener().session_listens, 1U);
  EXPECT_EQ(world.listener().context_in_session, 1U);
}

TEST(Listening, a_long_play_bridges_a_pause_but_not_a_claim_of_days) {
  World world;
  const auto play = [&](const std::string& track, Micros at, Micros played) {
    Event event = completed(track, "", at);
    event.played_ms = static_cast<std::int32_t>(played / kMillisecond);
    return world.play(event).signals.size();
  };
  play("blue", kNoon, kMinute);

  EXPECT_EQ(play("a_long_mix", kNoon + 3 * kHour, 3 * kHour), 2U);
  EXPECT_EQ(play("so", kNoon + 20 * kDay, 20 * kDay), 1U) << "in a session of its own";
}

TEST(Listening, an_apps_session_ends_when_it_says_so_or_pauses) {
  World world;
  const auto play = [&](const std::string& track, const std::string& session, Micros at) {
    Event event = completed(track, "", at);
    event.session = session_id(session);
    return world.play(event).signals.size();
  };
  play("blue", "s1", kNoon);

  EXPECT_EQ(play("so", "s1", kNoon + 20 * kMinute), 2U);
  EXPECT_EQ(play("train", "s2", kNoon + 20 * kMinute + 1), 1U);
  EXPECT_EQ(play("naima", "s2", kNoon + 5 * kHour), 1U) << "a long pause";
}

TEST(Listening, repeats_are_bounded_and_the_faintest_goes) {
  World world;
  world.play(completed("faint", "", kNoon - 300 * kDay));
  for (int i = 0; i < 300; ++i) {
    world.play(completed("t" + std::to_string(i), "", kNoon + i * kMinute));
  }

  EXPECT_EQ(world.listener().repeats.size(), Listener::kRepeatsMax);
  EXPECT_FALSE(knows(world.listener(), track_id("faint")));
  EXPECT_TRUE(knows(world.listener(), track_id("t0")));
}

TEST(Listening, artists_are_bounded_too) {
  World world;
  for (int i = 0; i < 200; ++i) {
    world.play(completed("t", "a" + std::to_string(i), kNoon + i * kMinute));
  }

  EXPECT_EQ(world.listener().artists.size(), Listener::kArtistsMax);
}

TEST(Listening, the_last_closed_plays_are_remembered) {
  Listener listener;
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(close_play(listener, play_id(std::to_string(i))));

  EXPECT_FALSE(close_play(listener, play_id("8")));
  EXPECT_FALSE(close_play(listener, play_id("1")));
  EXPECT_TRUE(close_play(listener, play_id("0"))) << "forgotten";
  EXPECT_EQ(listener.closed_plays.size(), Listener::kClosedPlaysMax);
}

const Repeat& repeat_of(const Listener& listener, const std::string& track) {
  const auto found = std::find_if(listener.repeats.begin(), listener.repeats.end(),
                                  [&](const Repeat& r) { return r.track == track_id(track); });
  EXPECT_NE(found, listener.repeats.end()) << track;
  return *found;
}

TEST(Listening, a_listeners_own_order_survives_the_forgetting_of_a_track) {
  World world;
  world.play_all({{"x", ""}, {"faint", ""}}, kNoon - 300 * kDay);
  std::vector<std::pair<std::string, std::string>> all = {{"x", ""}};
  for (int i = 0; i < 299; ++i) all.emplace_back("t" + std::to_string(i), "");
  world.play_all(all, kNoon);

  const Listener& listener = world.listener();

  ASSERT_EQ(listener.repeats.size(), Listener::kRepeatsMax);
  ASSERT_FALSE(knows(listener, track_id("faint")));
  EXPECT_EQ(repeat_of(listener, "x").next[1], Repeat::kNone) << "it led to what is forgotten";
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const std::uint16_t next = repeat_of(listener, all[i].first).next[0];
    ASSERT_LT(next, listener.repeats.size());
    EXPECT_EQ(listener.repeats[next].track, track_id(all[i + 1].first)) << all[i].first;
  }
}

TEST(Listening, a_run_in_the_listeners_own_order_counts_until_it_ends) {
  World world;
  world.play_all({{"a", ""}, {"b", ""}, {"c", ""}}, kNoon - kDay);
  EXPECT_EQ(world.listener().own_run, 0U);

  world.play_all({{"a", ""}, {"b", ""}, {"c", ""}}, kNoon);
  EXPECT_EQ(world.listener().own_run, 2U);

  world.play(completed("a", "", kNoon + 9 * kMinute));
  EXPECT_EQ(world.listener().own_run, 0U);
}

}  // namespace
}  // namespace segue::test
