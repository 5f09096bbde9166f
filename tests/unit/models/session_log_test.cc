#include "core/models/session_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace segue::test {
namespace {

using Slots = std::vector<SessionLog::Slot>;

Slots tracks_of(const SessionLog& log, SessionLog::Number number) {
  const auto tracks = log.tracks(number);
  return {tracks.begin(), tracks.end()};
}

TEST(SessionLog, gathers_the_tracks_of_a_session) {
  SessionLog log(10);

  const auto first = log.enter(SessionMark{7}, 1);
  log.enter(SessionMark{8}, 1);
  const auto again = log.enter(SessionMark{7}, 2);

  EXPECT_EQ(first, again);
  EXPECT_EQ(tracks_of(log, first), (Slots{1, 2}));
  EXPECT_EQ(log.mark(first), SessionMark{7});
}

TEST(SessionLog, a_track_that_is_entered_twice_is_there_once) {
  SessionLog log(10);

  const auto number = log.enter(SessionMark{7}, 1);
  log.enter(SessionMark{7}, 1);

  EXPECT_EQ(tracks_of(log, number), Slots{1});
}

TEST(SessionLog, the_oldest_session_gives_its_place_to_a_new_one) {
  SessionLog log(2);
  const auto oldest = log.enter(SessionMark{1}, 1);
  const auto second = log.enter(SessionMark{2}, 2);

  const auto third = log.enter(SessionMark{3}, 3);

  EXPECT_EQ(log.size(), 2U);
  EXPECT_FALSE(log.holds(oldest));
  EXPECT_TRUE(log.tracks(oldest).empty());
  EXPECT_EQ(tracks_of(log, second), Slots{2});
  EXPECT_EQ(tracks_of(log, third), Slots{3});
}

TEST(SessionLog, a_session_that_comes_back_begins_empty) {
  SessionLog log(1);
  const auto before = log.enter(SessionMark{1}, 1);
  log.enter(SessionMark{2}, 2);

  const auto after = log.enter(SessionMark{1}, 3);

  EXPECT_NE(after, before);
  EXPECT_EQ(tracks_of(log, after), Slots{3});
}

TEST(SessionLog, a_full_session_takes_no_more) {
  SessionLog log(2);
  SessionLog::Number number = 0;

  for (SessionLog::Slot slot = 0; slot < 100; ++slot) number = log.enter(SessionMark{1}, slot);

  EXPECT_EQ(log.tracks(number).size(), SessionLog::kTracksMax);
}

TEST(SessionLog, follows_slots_that_move_and_forgets_those_that_go) {
  SessionLog log(2);
  const auto number = log.enter(SessionMark{1}, 0);
  log.enter(SessionMark{1}, 1);
  log.enter(SessionMark{1}, 2);

  log.renumber({5, SessionLog::kGone, 0});

  EXPECT_EQ(tracks_of(log, number), (Slots{5, 0}));
}

TEST(SessionLog, a_number_that_never_was_finds_nothing) {
  const SessionLog log(2);

  EXPECT_FALSE(log.holds(0));
  EXPECT_TRUE(log.tracks(3).empty());
}

}  // namespace
}  // namespace segue::test
