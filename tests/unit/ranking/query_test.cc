#include "core/ranking/query.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

TEST(Query, what_is_playing_comes_before_what_was_heard) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  world.play(completed("so", "miles", kNoon + kMinute));
  world.play(started("train", "john", kNoon + 2 * kMinute));

  const Query query(world.listener(), world.models());

  ASSERT_EQ(query.context().size(), 3U);
  EXPECT_EQ(query.context()[0].track, track_id("train"));
  EXPECT_EQ(query.context()[1].track, track_id("so"));
  EXPECT_EQ(query.context()[2].track, track_id("blue"));
  EXPECT_EQ(query.context()[0].weight, 1);
  EXPECT_EQ(query.context()[1].weight, 0.5F);
  EXPECT_NEAR(query.context()[2].weight, 1.0 / 3, 1e-6);
  EXPECT_EQ(query.now(), kNoon + 2 * kMinute);
}

TEST(Query, the_session_before_says_little) {
  World world;
  for (int i = 0; i < 8; ++i) {
    world.play(completed("t" + std::to_string(i), "miles", kNoon + i * kMinute));
  }
  world.play(completed("today", "john", kNoon + 9 * kHour));

  const Query query(world.listener(), world.models());

  ASSERT_EQ(query.context().size(), 5U) << "and not all of it";
  EXPECT_TRUE(query.context()[0].in_session);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_FALSE(query.context()[i].in_session);
    EXPECT_FLOAT_EQ(query.context()[i].weight, 0.15F);
  }
}

TEST(Query, a_run_ends_where_the_artist_changes_or_the_session_began) {
  World world;
  world.play(completed("a1", "miles", kNoon));
  world.play(completed("a2", "miles", kNoon + 9 * kHour));
  world.play(completed("a3", "miles", kNoon + 9 * kHour + kMinute));
  EXPECT_EQ(Query(world.listener(), world.models()).artist_run(), 2U);

  world.play(completed("b1", "john", kNoon + 9 * kHour + 2 * kMinute));
  EXPECT_EQ(Query(world.listener(), world.models()).artist_run(), 1U);
}

TEST(Query, a_session_stays_with_artists_or_returns_to_them) {
  World world;
  world.play(completed("a1", "miles", kNoon));
  const Query first(world.listener(), world.models());
  world.play_all({{"a2", "miles"}, {"b1", "john"}, {"a3", "miles"}}, kNoon + kMinute);

  const Query query(world.listener(), world.models());

  EXPECT_FLOAT_EQ(query.stays(), (first.stays() + 1) / 4) << "once in three moves, and the doubt";
  EXPECT_FLOAT_EQ(query.returns(), (first.returns() + 1) / 4);
}

TEST(Query, a_move_to_a_track_without_an_artist_is_neither) {
  World world;
  world.play(completed("a1", "miles", kNoon));
  const Query first(world.listener(), world.models());
  Event unknown = completed("x", "", kNoon + kMinute);
  unknown.artist = ArtistId{};
  world.play(unknown);
  unknown.track = track_id("y");
  unknown.time += kMinute;
  world.play(unknown);

  const Query query(world.listener(), world.models());

  EXPECT_EQ(query.context().size(), 3U);
  EXPECT_EQ(query.stays(), first.stays());
  EXPECT_EQ(query.returns(), first.returns());
}

TEST(Query, artists_have_a_share_of_what_is_played) {
  World world;
  for (int i = 0; i < 3; ++i) {
    world.play(completed("t" + std::to_string(i), "miles", kNoon + i * kMinute));
  }
  world.play(completed("train", "john", kNoon + 3 * kMinute));

  const Query query(world.listener(), world.models());

  EXPECT_NEAR(query.known(artist_id("miles")).plays, 3, 1e-3);
  EXPECT_NEAR(query.known(artist_id("miles")).share, 3.0 / 5, 1e-3);
  EXPECT_NEAR(query.known(artist_id("john")).session, 1 / (1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4), 1e-3);
  EXPECT_EQ(query.known(artist_id("unknown")).plays, 0);
  EXPECT_EQ(query.known(ArtistId{}).plays, 0);
}

TEST(Query, every_artist_of_a_listener_is_found) {
  World world;
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    world.play(completed("t" + n, "a" + n, kNoon + i * kMinute));
  }

  const Query query(world.listener(), world.models());

  for (int i = 0; i < 50; ++i) {
    EXPECT_GT(query.known(artist_id("a" + std::to_string(i))).plays, 0.9F) << i;
  }
}

TEST(Query, a_count_is_worth_half_after_sixty_days) {
  EXPECT_NEAR(faded(8, kNoon, kNoon + 60 * kDay), 4, 1e-4);
  EXPECT_EQ(faded(8, kNoon, kNoon), 8);
  EXPECT_EQ(faded(8, kNoon + kDay, kNoon), 8) << "time that runs backwards adds nothing";
}

TEST(Query, of_a_new_listener_there_is_no_context) {
  const Listener newcomer;
  const ItemModels models{Tuning{}};

  const Query query(newcomer, models);

  EXPECT_TRUE(query.context().empty());
  EXPECT_EQ(query.artist_run(), 0U);
}

}  // namespace
}  // namespace segue::test
