#include "core/step.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

Event numbered(Event event, std::uint64_t seq, std::string_view session = "s") {
  event.session = session_id(session);
  event.seq = seq;
  return event;
}

TEST(Step, the_end_of_a_play_is_a_listen_and_refreshes_the_list) {
  World world;
  Event event = completed("blue", "miles", kNoon);
  event.id = "e-1";

  const Effects effects = world.play(event);

  EXPECT_EQ(effects.outcome, Outcome::applied);
  EXPECT_FALSE(effects.dead_letter);
  EXPECT_EQ(world.listener().listens, 1U);
  EXPECT_EQ(world.listener().events, 1U);
  ASSERT_TRUE(effects.recommendation);
  EXPECT_EQ(effects.recommendation->user_id, "ada");
  EXPECT_EQ(effects.recommendation->version, 0);
  EXPECT_EQ(effects.recommendation->cause_id, "e-1");
  EXPECT_EQ(effects.recommendation->cause_type, EventType::playback_completed);
  EXPECT_EQ(effects.recommendation->event_time, kNoon);
}

TEST(Step, a_duplicate_changes_nothing_but_the_offset) {
  World world;
  world.play(numbered(completed("blue", "miles", kNoon), 1));
  Listener before = world.listener();
  const Eigen::VectorXf weights = world.ranker().linear().weights();

  const Effects effects = world.play(numbered(completed("blue", "miles", kNoon), 1));

  EXPECT_EQ(effects.outcome, Outcome::duplicate);
  EXPECT_FALSE(effects.recommendation);
  EXPECT_FALSE(effects.dead_letter);
  EXPECT_TRUE(effects.signals.empty());
  before.last_offset = 1;
  EXPECT_EQ(world.listener(), before);
  EXPECT_EQ(world.ranker().linear().weights(), weights);
}

TEST(Step, what_is_too_old_to_tell_is_a_dead_letter) {
  World world;
  world.play(numbered(completed("blue", "miles", kNoon), 500));
  Listener before = world.listener();

  const Effects effects = world.play(numbered(completed("so", "miles", kNoon), 1));

  EXPECT_EQ(effects.outcome, Outcome::too_old);
  ASSERT_TRUE(effects.dead_letter);
  EXPECT_EQ(effects.dead_letter->reason, Reason::too_old);
  EXPECT_FALSE(effects.recommendation);
  EXPECT_TRUE(effects.signals.empty());
  before.last_offset = 1;
  EXPECT_EQ(world.listener(), before);
}

TEST(Step, a_started_track_moves_the_context_and_is_no_listen) {
  World world;
  world.play(completed("blue", "miles", kNoon));

  const Effects effects = world.play(started("so", "miles", kNoon + kMinute));

  EXPECT_TRUE(effects.recommendation);
  EXPECT_FALSE(effects.score);
  EXPECT_TRUE(effects.signals.empty());
  EXPECT_EQ(world.listener().listens, 1U);
  EXPECT_EQ(world.listener().playing->track, track_id("so"));
  EXPECT_EQ(world.listener().context.size(), 1U);
}

TEST(Step, a_play_ends_once) {
  World world;
  Event stopped = ended(EventType::playback_stopped, "blue", "miles", kNoon);
  stopped.play = play_id("p");
  Event again = completed("blue", "miles", kNoon + kMinute);
  again.play = play_id("p");
  world.play(stopped);

  const Effects effects = world.play(again);

  EXPECT_EQ(effects.outcome, Outcome::applied) << "it is a new event";
  EXPECT_FALSE(effects.recommendation);
  EXPECT_TRUE(effects.signals.empty());
  EXPECT_EQ(world.listener().events, 2U);
  EXPECT_EQ(world.listener().listens, 1U);
}

TEST(Step, a_start_that_comes_after_its_end_is_not_playing) {
  World world;
  Event end = completed("blue", "miles", kNoon + kMinute);
  end.play = play_id("p");
  Event late = started("blue", "miles", kNoon);
  late.play = play_id("p");
  world.play(end);

  const Effects effects = world.play(late);

  EXPECT_EQ(effects.outcome, Outcome::applied);
  EXPECT_FALSE(world.listener().playing);
}

TEST(Step, plays_without_an_id_end_each_time) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  world.play(completed("blue", "miles", kNoon + kMinute));

  EXPECT_EQ(world.listener().listens, 2U);
}

TEST(Step, other_events_are_counted_and_publish_nothing) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  const Listener before = world.listener();

  for (const EventType type :
       {EventType::playback_heartbeat, EventType::playback_paused, EventType::playback_failed,
        EventType::recommendation_clicked, EventType::session_ended, EventType::other}) {
    const Effects effects = world.play(ended(type, "blue", "miles", kNoon));
    EXPECT_EQ(effects.outcome, Outcome::applied) << name_of(type);
    EXPECT_FALSE(effects.recommendation) << name_of(type);
    EXPECT_TRUE(effects.signals.empty()) << name_of(type);
  }

  EXPECT_EQ(world.listener().events, before.events + 6);
  EXPECT_EQ(world.listener().listens, before.listens);
  EXPECT_EQ(world.listener().repeats, before.repeats);
}

TEST(Step, the_list_before_is_scored_on_what_is_heard) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}}, kNoon - kDay);
  const Effects first = world.play(completed("blue", "miles", kNoon));
  EXPECT_FALSE(first.score) << "a session's first listen is not predicted";
  EXPECT_EQ(tracks_of(*first.recommendation)[0], "so");

  const Effects hit = world.play(completed("so", "miles", kNoon + kMinute));
  const Effects miss = world.play(completed("unheard-of", "unknown", kNoon + 2 * kMinute));

  ASSERT_TRUE(hit.score);
  EXPECT_EQ(hit.score->rank, 1);
  EXPECT_TRUE(hit.score->candidate);
  EXPECT_FALSE(hit.score->new_to_listener);
  EXPECT_EQ(hit.score->session_position, 1);
  ASSERT_TRUE(miss.score);
  EXPECT_EQ(miss.score->rank, 0);
  EXPECT_FALSE(miss.score->candidate);
  EXPECT_TRUE(miss.score->new_to_listener);
  ASSERT_TRUE(miss.recommendation->scored);
  EXPECT_EQ(miss.recommendation->scored->session_position, 2);
}

TEST(Step, the_last_place_of_a_list_is_in_it) {
  Tuning tuning;
  tuning.k = 1;
  World world(tuning);
  world.play_all({{"blue", "miles"}, {"so", "miles"}}, kNoon - kDay);
  world.play(completed("blue", "miles", kNoon));

  const Effects effects = world.play(completed("so", "miles", kNoon + kMinute));

  ASSERT_TRUE(effects.score);
  EXPECT_EQ(effects.score->rank, 1);
}

TEST(Step, the_end_of_a_play_ends_what_is_playing) {
  World world;
  world.play(started("blue", "miles", kNoon));
  world.play(completed("blue", "miles", kNoon + kMinute));

  EXPECT_FALSE(world.listener().playing);
  ASSERT_EQ(world.listener().context.size(), 1U);
  EXPECT_EQ(world.listener().context[0].track, track_id("blue"));
}

// From one and the same state: what was listened to gains on the others, what was skipped loses.
TEST(Step, a_listen_raises_and_a_skip_lowers_what_was_proposed) {
  const auto lead_after = [](EventType type) {
    World world;
    world.play_all({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}}, kNoon - kDay);
    world.play(completed("blue", "miles", kNoon));
    NearbyMemory searches;
    Ranking ranking;
    Query query(world.listener(), world.models());
    ranking.run(query, world.ranker(), world.tuning(), searches);
    const auto so = ranking.find(item_of(track_id("so")));
    const Features features = ranking.features().topRows(ranking.scores().size());
    if (type != EventType::other) world.play(ended(type, "so", "miles", kNoon + kMinute));
    const Eigen::VectorXf scores = features * world.ranker().linear().weights();
    return scores[so] - scores.mean();
  };

  EXPECT_GT(lead_after(EventType::playback_completed), lead_after(EventType::other));
  EXPECT_LT(lead_after(EventType::playback_skipped), lead_after(EventType::other));
}

TEST(Step, a_repeat_teaches_less_where_it_is_the_exception) {
  const auto learned_by_who_repeats = [](float share) {
    World world;
    world.play_all({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}, {"blue", "miles"}},
                   kNoon);
    world.listener().repeat_share = share;
    const Eigen::VectorXf before = world.ranker().linear().weights();
    world.play(completed("so", "miles", kNoon + 15 * kMinute));
    return (world.ranker().linear().weights() - before).norm();
  };

  EXPECT_GT(learned_by_who_repeats(0), 0);
  EXPECT_LT(learned_by_who_repeats(0), learned_by_who_repeats(1));
}

TEST(Step, the_shares_of_a_mix_sum_to_one) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}}, kNoon - kDay);

  const Effects effects = world.play(completed("blue", "miles", kNoon));

  float sum = 0;
  for (const auto& [source, share] : effects.recommendation->mix) {
    EXPECT_GE(share, 0);
    sum += share;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(Step, a_list_is_as_long_as_it_may_be) {
  Tuning tuning;
  tuning.k = 3;
  World world(tuning);
  for (int i = 0; i < 10; ++i) {
    world.play(completed("t" + std::to_string(i), "miles", kNoon + i * kMinute));
  }

  const Effects effects = world.play(completed("t0", "miles", kNoon + kHour));

  EXPECT_EQ(effects.recommendation->items.size(), 3U);
}

TEST(Step, time_never_runs_backwards) {
  World world;
  world.play(completed("blue", "miles", kNoon));

  world.play(completed("so", "miles", kNoon - kHour));

  EXPECT_EQ(world.listener().time, kNoon);
  EXPECT_EQ(world.listener().listens, 2U);
  for (const Repeat& repeat : world.listener().repeats) EXPECT_LE(repeat.last, kNoon);
}

}  // namespace
}  // namespace segue::test
