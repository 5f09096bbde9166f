#include <gtest/gtest.h>

#include <vector>

#include "core/item/learn.h"
#include "tests/unit/world.h"

// Where a track was heard of late.
namespace segue::test {
namespace {

const ItemId kBlueTrack = item_of(track_id("blue"));

SessionMark session(const std::string& listener, const std::string& name) {
  return session_mark(listener_id(listener), session_id(name), kNoon);
}

ItemSignal played_in(SessionMark session, const std::string& listener = "ada") {
  return {.kind = SignalKind::played,
          .item = kBlueTrack,
          .first = true,
          .time = kNoon,
          .name = "blue",
          .who = listener_mark(listener),
          .session = session};
}

TEST(ItemSessions, the_latest_come_first_and_each_once) {
  Item item;

  for (const std::string name : {"ada", "bob", "ada"}) {
    learn(item, played_in(session(name, "s"), name), Tuning{});
  }

  EXPECT_EQ(item.sessions, (std::vector<SessionMark>{session("bob", "s"), session("ada", "s")}));
  EXPECT_EQ(model_of(item).sessions, item.sessions);
}

TEST(ItemSessions, are_bounded_and_the_oldest_goes) {
  Item item;

  for (int i = 1; i <= 100; ++i) {
    const std::string name = "l" + std::to_string(i);
    learn(item, played_in(session(name, "s"), name), Tuning{});
  }

  EXPECT_EQ(item.sessions.size(), Item::kSessionsMax);
  EXPECT_EQ(item.sessions.front(), session("l100", "s"));
}

TEST(ItemSessions, one_listener_takes_one_place) {
  Item item;
  learn(item, played_in(session("bob", "s"), "bob"), Tuning{});

  for (int i = 0; i < 100; ++i) {
    learn(item, played_in(session("ada", "s" + std::to_string(i)), "ada"), Tuning{});
  }

  EXPECT_EQ(item.sessions, (std::vector<SessionMark>{session("ada", "s99"), session("bob", "s")}));
}

TEST(ItemSessions, a_play_without_a_place_in_a_session_adds_none) {
  Item item;

  learn(item, played_in({}), Tuning{});

  EXPECT_TRUE(item.sessions.empty());
}

TEST(ItemSessions, a_play_that_hardly_counts_adds_none) {
  Item item;
  ItemSignal signal = played_in({1});
  signal.weight = 0.2F;

  learn(item, signal, Tuning{});

  EXPECT_TRUE(item.sessions.empty());
}

TEST(ItemSessions, leave_with_the_listener_whose_they_were) {
  Item item;
  learn(item, played_in(session("ada", "s1"), "ada"), Tuning{});
  learn(item, played_in(session("bob", "s2"), "bob"), Tuning{});
  learn(item, played_in(session("ada", "s3"), "ada"), Tuning{});

  learn(item,
        {.kind = SignalKind::left,
         .time = kNoon,
         .name = {},
         .before = {kBlueTrack},
         .who = listener_mark("ada"),
         .session = session("ada", "")},
        Tuning{});

  EXPECT_EQ(item.sessions, std::vector<SessionMark>{session("bob", "s2")});
}

TEST(SessionMarks, tell_sessions_and_days_of_a_listener_apart) {
  const ListenerId ada = listener_id("ada");

  EXPECT_NE(session("ada", "s1"), session("ada", "s2"));
  EXPECT_NE(session("ada", "s1"), session("bob", "s1"));
  for (const SessionId same : {session_id("s"), SessionId{}}) {
    EXPECT_EQ(session_mark(ada, same, kNoon), session_mark(ada, same, kNoon + kHour));
    EXPECT_NE(session_mark(ada, same, kNoon), session_mark(ada, same, kNoon + kDay));
  }
  EXPECT_TRUE(same_listener(session("ada", "s1"), session("ada", "s2")));
  EXPECT_FALSE(same_listener(session("ada", "s1"), session("bob", "s1")));
}

TEST(ItemSessions, only_plays_in_order_say_in_which) {
  World world;
  const auto marked = [](const Effects& effects) {
    return !effects.signals.empty() && effects.signals.front().session;
  };
  Event late = completed("late", "miles", kNoon - kDay);

  EXPECT_TRUE(marked(world.play(completed("blue", "miles", kNoon))));
  EXPECT_FALSE(marked(world.play(late))) << "it has no place in the present session";
  Event hidden = completed("so", "miles", kNoon + kMinute);
  hidden.private_session = true;
  EXPECT_FALSE(marked(world.play(hidden)));
}

}  // namespace
}  // namespace segue::test
