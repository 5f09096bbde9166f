#include "core/listener/influence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

float weight_of(const Effects& effects, SignalKind kind) {
  for (const ItemSignal& signal : effects.signals) {
    if (signal.kind == kind) return signal.weight;
  }
  return -1;
}

Event said_by(EventType type, Micros at) {
  Event event = completed("", "", at);
  event.type = type;
  event.skew_known = true;
  return event;
}

// Somebody who listened on the days before.
World with_a_past() {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.play(completed("heard-" + std::to_string(i), "b", kNoon - 9 * kDay + i * kMinute));
  }
  return world;
}

TEST(Influence, who_knows_few_tracks_counts_less) {
  World world;

  const auto plays = [&](std::string_view track, Micros at) {
    return weight_of(world.play(completed(track, "a", at)), SignalKind::played);
  };
  EXPECT_FLOAT_EQ(plays("x", kNoon), 1.0F / 3);
  EXPECT_FLOAT_EQ(plays("x", kNoon + kDay), 1.0F / 3);
  EXPECT_FLOAT_EQ(plays("y", kNoon + kDay), 2.0F / 3);
  EXPECT_EQ(plays("z", kNoon + kDay), 1);
}

TEST(Influence, a_track_counts_less_each_time_it_is_played_again) {
  World world = with_a_past();

  EXPECT_EQ(weight_of(world.play(completed("x", "a", kNoon)), SignalKind::played), 1);
  EXPECT_EQ(weight_of(world.play(completed("x", "a", kNoon + kMinute)), SignalKind::played), 0.25F);
  // The third of the day, and the third that is remembered.
  EXPECT_FLOAT_EQ(weight_of(world.play(completed("x", "a", kNoon + kHour)), SignalKind::played),
                  1.0F / 9 * 4 / 9);
  EXPECT_EQ(weight_of(world.play(completed("y", "a", kNoon + kHour)), SignalKind::played), 1);
}

TEST(Influence, a_new_day_begins_whole_again) {
  World world = with_a_past();
  world.play(completed("x", "a", kNoon));

  const Effects effects = world.play(completed("x", "a", kNoon + kDay));

  EXPECT_NEAR(weight_of(effects, SignalKind::played), 1, 0.01);
}

TEST(Influence, a_track_heard_for_days_counts_less_each_day) {
  World world = with_a_past();
  std::vector<float> weights;
  for (int day = 0; day < 6; ++day) {
    const Effects effects = world.play(completed("x", "a", kNoon + day * kDay));
    weights.push_back(weight_of(effects, SignalKind::played));
  }

  EXPECT_NEAR(weights[1], 1, 0.01);
  EXPECT_NEAR(weights[2], 4.0 / 9, 0.03);
  EXPECT_NEAR(weights[5], 4.0 / 36, 0.02);
}

TEST(Influence, forged_days_begin_no_day) {
  World world;
  float all = 0;
  for (int i = 0; i < 100; ++i) {
    Event event = completed("x", "a", kNoon - (200 - i) * kDay);
    event.received = kNoon + i * kSecond;
    all += weight_of(world.play(event), SignalKind::played);
  }

  EXPECT_LE(all, 2);
}

TEST(Influence, all_listens_of_a_day_together_are_bounded) {
  World world(Tuning{.k = 1, .candidates_max = 16, .network = false, .nearest = 0});
  float all = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string name = std::to_string(i);
    all += weight_of(world.play(completed("t" + name, "a" + name, kNoon + i * kSecond)),
                     SignalKind::played);
  }

  EXPECT_LE(all, 2 * 411);
}

TEST(Influence, an_erasure_buys_no_new_listens) {
  World world;
  float all = 0;
  for (int i = 0; i < 40; ++i) {
    const Micros at = kNoon + i * kMinute;
    all += weight_of(world.play(completed("x", "a", at)), SignalKind::played);
    world.play(said_by(EventType::privacy_erasure_requested, at + kSecond));
  }

  EXPECT_LE(all, 2);
  EXPECT_EQ(world.listener().day.listens, 40U);
  EXPECT_EQ(world.listener().erasure->times, 40);
}

TEST(Influence, an_artist_falls_more_slowly_than_a_track) {
  World world;
  Effects last;
  for (int i = 0; i < 48; ++i) {
    last = world.play(completed("t" + std::to_string(i), "a", kNoon + i * kMinute));
  }

  EXPECT_EQ(weight_of(last, SignalKind::played), 1);
  EXPECT_EQ(weight_of(last, SignalKind::of_artist), 0.5F);
}

TEST(Influence, what_is_on_a_loop_is_company_for_nothing) {
  World world;
  for (int i = 0; i < 6; ++i) {
    world.play(completed("x", "a", kNoon + 2 * i * kMinute));
    const Effects effects =
        world.play(completed("popular-" + std::to_string(i), "p", kNoon + (2 * i + 1) * kMinute));

    const auto& before = effects.signals.front().before;
    const bool counted =
        std::find(before.begin(), before.end(), item_of(track_id("x"))) != before.end();
    EXPECT_EQ(counted, i < 3) << i;
  }
}

TEST(Influence, one_listener_teaches_the_shared_ranker_only_so_much) {
  World world;
  for (int i = 0; i < 12; ++i) {
    world.play(completed(i % 2 == 0 ? "x" : "y", "a", kNoon + i * kMinute));
  }
  world.listener().day.listens = 100'000;
  const auto learned = world.ranker().learned();
  const auto own = world.listener().offsets;

  world.play(completed("x", "a", kNoon + kHour));

  EXPECT_EQ(world.ranker().learned(), learned);
  EXPECT_NE(world.listener().offsets, own) << "their own weights learn on";
}

}  // namespace
}  // namespace segue::test
