#include <gtest/gtest.h>

#include <string>

#include "tests/unit/world.h"

// A private session is heard and not remembered: its lists follow it, and nothing of it is left
// when it is over, in the listener's taste, in the ranker or in any item.
namespace segue::test {
namespace {

TEST(PrivateSession, emits_no_signals) {
  World world;

  EXPECT_TRUE(world.play(in_private(completed("blue", "miles", kNoon))).signals.empty());
  EXPECT_TRUE(world.play(in_private(skipped("so", "miles", kNoon + kMinute))).signals.empty());
}

TEST(PrivateSession, leaves_no_taste) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"blue", "miles"}}, kNoon);
  const Listener before = world.listener();
  const Eigen::VectorXf weights = world.ranker().linear().weights();

  world.play(in_private(completed("blue", "miles", kNoon + kHour)));
  world.play(in_private(completed("secret", "guilty", kNoon + kHour + kMinute)));
  world.play(in_private(skipped("so", "miles", kNoon + kHour + 2 * kMinute)));

  EXPECT_EQ(world.listener().repeats, before.repeats);
  EXPECT_EQ(world.listener().artists, before.artists);
  EXPECT_EQ(world.listener().source_credit, before.source_credit);
  EXPECT_EQ(world.listener().credit_seen, before.credit_seen);
  EXPECT_EQ(world.listener().repeat_share, before.repeat_share);
  EXPECT_EQ(world.listener().stay_share, before.stay_share);
  EXPECT_EQ(world.ranker().linear().weights(), weights);
}

TEST(PrivateSession, still_moves_the_list) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}}, kNoon - kDay);

  const Effects effects = world.play(in_private(completed("blue", "miles", kNoon)));

  ASSERT_TRUE(effects.recommendation);
  EXPECT_EQ(tracks_of(*effects.recommendation)[0], "so");
}

TEST(PrivateSession, ends_with_another_list_when_the_app_says_so) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}}, kNoon - kDay);
  world.play(in_private(completed("secret", "guilty", kNoon)));
  Event end = in_private(completed("secret", "guilty", kNoon + kMinute));
  end.type = EventType::session_ended;
  end.track = {};

  const Effects effects = world.play(end);

  ASSERT_TRUE(effects.recommendation);
  EXPECT_TRUE(world.listener().context.empty());
}

// A world whose events are all of one session of the app; "": of none.
struct OneSession {
  std::string session;
  World world = World();
  Effects play(Event event) {
    event.session = session_id(session);
    return world.play(event);
  }
};

// The same app session, switched to private and back: no later signal names what was heard.
TEST(PrivateSession, is_not_named_by_later_signals) {
  for (const std::string session : {"", "s"}) {
    OneSession app{.session = session};
    app.play(completed("blue", "miles", kNoon));
    app.play(in_private(completed("secret", "guilty", kNoon + kMinute)));

    const Effects effects = app.play(completed("so", "miles", kNoon + 2 * kMinute));

    for (const ItemSignal& signal : effects.signals) {
      EXPECT_NE(signal.item, item_of(track_id("secret"))) << "session '" << session << "'";
    }
    EXPECT_EQ(app.world.item(item_of(track_id("secret"))), nullptr);
  }
}

TEST(PrivateSession, is_no_context_of_later_lists) {
  for (const std::string session : {"", "s"}) {
    OneSession app{.session = session};
    app.play(completed("blue", "miles", kNoon));
    app.play(in_private(started("secret", "guilty", kNoon + kMinute)));
    app.play(in_private(completed("secret", "guilty", kNoon + 2 * kMinute)));
    app.play(in_private(started("other", "guilty", kNoon + 3 * kMinute)));

    app.play(started("so", "miles", kNoon + 4 * kMinute));

    const Query query(app.world.listener(), app.world.models());
    for (const Query::Past& past : query.context()) {
      EXPECT_NE(past.artist, artist_id("guilty")) << "session '" << session << "'";
    }
  }
}

TEST(PrivateSession, survives_being_stored) {
  OneSession app{.session = "s"};
  app.play(in_private(completed("secret", "guilty", kNoon)));
  app.world.listener() = *decode_listener(encode(app.world.listener()));

  EXPECT_EQ(
      app.play(in_private(completed("secret-2", "guilty", kNoon + kMinute))).score.has_value(),
      true)
      << "the private session goes on";
  for (const ItemSignal& signal : app.play(completed("so", "miles", kNoon + 2 * kMinute)).signals) {
    EXPECT_NE(signal.kind, SignalKind::followed);
  }
}

TEST(PrivateSession, is_counted) {
  World world;
  world.play(in_private(completed("blue", "miles", kNoon)));

  EXPECT_EQ(world.listener().events, 1U);
  EXPECT_EQ(world.listener().listens, 1U);
}

}  // namespace
}  // namespace segue::test
