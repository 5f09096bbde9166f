#include <gtest/gtest.h>

#include <utility>

#include "producers/gateway/access/connections.h"
#include "producers/gateway/access/rate_limit.h"
#include "producers/gateway/http/body_budget.h"
#include "producers/gateway/http/frames.h"

namespace segue::gateway {
namespace {

TEST(RateLimit, a_burst_passes_and_then_the_rate) {
  RateLimit limit(2, 4, 10);

  EXPECT_EQ(limit.take("ada", 4, 0), 0);
  EXPECT_EQ(limit.take("ada", 1, 0), kSecond / 2);
  EXPECT_EQ(limit.take("ada", 1, kSecond / 2), 0);
  EXPECT_EQ(limit.take("ada", 1, kSecond / 2), kSecond / 2);
}

TEST(RateLimit, what_was_refused_took_nothing) {
  RateLimit limit(1, 2, 10);

  EXPECT_EQ(limit.take("ada", 1, 0), 0);
  EXPECT_EQ(limit.take("ada", 2, 0), kSecond);
  EXPECT_EQ(limit.take("ada", 1, 0), 0);
}

TEST(RateLimit, more_than_a_burst_counts_as_one) {
  RateLimit limit(1, 2, 10);

  EXPECT_EQ(limit.take("ada", 500, 0), 0);
  EXPECT_EQ(limit.take("ada", 500, 0), 2 * kSecond);
}

TEST(RateLimit, what_was_paid_is_not_taken_twice) {
  RateLimit limit(1, 4, 10);

  EXPECT_EQ(limit.take("ada", 1, 0), 0);
  EXPECT_EQ(limit.take("ada", 3, 0, 1), 0);
  EXPECT_EQ(limit.take("ada", 1, 0), 0);
  EXPECT_EQ(limit.take("ada", 1, 0, 2), 0) << "more was paid than it costs";
}

TEST(RateLimit, what_was_paid_in_vain_is_paid_again) {
  RateLimit limit(1, 4, 10);
  limit.take("ada", 2, 0);

  EXPECT_EQ(limit.take("ada", 1, 0), 0);
  EXPECT_EQ(limit.take("ada", 500, 0, 1), 3 * kSecond) << "until there is a burst again";
  EXPECT_EQ(limit.take("ada", 1, 3 * kSecond), 0);
  EXPECT_EQ(limit.take("ada", 500, 3 * kSecond, 1), 0);
}

TEST(RateLimit, what_is_forgotten_has_a_burst_again) {
  RateLimit limit(1, 2, 2);
  limit.take("ada", 2, 0);

  limit.forget("ada");
  limit.forget("bob");

  EXPECT_EQ(limit.take("ada", 2, 0), 0);
  limit.take("bob", 2, 0);
  EXPECT_GT(limit.take("ada", 1, 0), 0) << "its old place does not push it out";
}

TEST(RateLimit, who_got_halfway_is_let_in_with_more_and_gets_through) {
  RateLimit limit(1, 8, 10);
  limit.take("ada", 5, 0);
  Micros now = 0;
  int tries = 0;
  // A body of 6, a piece at a time; a player that is refused comes back in time.
  for (bool whole = false; !whole; ++tries) {
    ASSERT_LT(tries, 5);
    now += limit.wait_for_more("ada", now);
    ASSERT_EQ(limit.wait_for_more("ada", now), 0);
    double paid = 0;
    for (double piece = 1; piece <= 6 && !whole; ++piece) {
      if (limit.take("ada", piece, now, paid) != 0) {
        limit.give_back("ada", paid, 2 * piece);
        EXPECT_GT(limit.wait_for_more("ada", now), 0) << "it does not begin again as it is";
        break;
      }
      paid = piece;
      whole = piece == 6;
    }
  }
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(limit.left("ada", now).left, 2) << "it paid once";
}

TEST(RateLimit, what_is_given_back_is_no_more_than_a_burst) {
  RateLimit limit(1, 4, 10);
  limit.give_back("unknown", 3, 3);
  EXPECT_EQ(limit.wait_for_more("unknown", 0), 0);
  limit.take("ada", 1, 0);

  limit.give_back("ada", 3, 500);

  EXPECT_EQ(limit.left("ada", 0).left, 4);
  EXPECT_EQ(limit.wait_for_more("ada", 0), 0) << "more than a burst is never asked for";
}

TEST(BodyBudget, a_share_grows_while_there_is_room_and_shrinks) {
  BodyBudget budget(100, 60);
  auto share = budget.take("a", 0);
  ASSERT_TRUE(share);

  EXPECT_TRUE(share->resize(50));
  EXPECT_FALSE(share->resize(61)) << "an address has its part";
  const auto other = budget.take("b", 50);
  ASSERT_TRUE(other) << "what found no room took none";
  EXPECT_FALSE(share->resize(51)) << "nothing is left";
  EXPECT_TRUE(share->resize(10));
  EXPECT_FALSE(budget.take("c", 41));
  EXPECT_TRUE(budget.take("c", 40));
}

TEST(BodyBudget, what_is_taken_comes_back_with_its_share) {
  BodyBudget budget(100, 100);
  auto first = budget.take("a", 60);

  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.take("a", 41));
  EXPECT_TRUE(budget.take("a", 40)) << "a share that is not kept is given back at once";
  const auto moved = std::move(first);
  EXPECT_FALSE(budget.take("a", 41)) << "moving a share gives nothing back";
  EXPECT_TRUE(moved);
}

TEST(BodyBudget, one_address_cannot_take_all_and_another_still_gets_in) {
  BodyBudget budget(100, 30);
  auto first = budget.take("a", 20);
  const auto second = budget.take("a", 10);

  ASSERT_TRUE(first && second);
  EXPECT_FALSE(budget.take("a", 1));
  EXPECT_TRUE(budget.take("a", 0)) << "who sends no body needs no room";
  EXPECT_TRUE(budget.take("b", 30));
  first.reset();
  EXPECT_TRUE(budget.take("a", 20));
  EXPECT_FALSE(budget.take("a", 21));
}

TEST(BodyBudget, many_addresses_cannot_take_more_than_all) {
  BodyBudget budget(50, 30);
  const auto first = budget.take("a", 30);

  EXPECT_FALSE(budget.take("b", 21));
  EXPECT_TRUE(budget.take("b", 20));
}

TEST(RateLimit, says_what_is_left_and_when_all_is) {
  RateLimit limit(2, 4, 10);
  limit.take("ada", 3, 0);

  const RateLimit::Left left = limit.left("ada", kSecond / 2);

  EXPECT_EQ(left.all, 4);
  EXPECT_EQ(left.left, 2);
  EXPECT_EQ(left.full_in, kSecond);
  EXPECT_EQ(limit.left("bob", 0).left, 4);
}

TEST(RateLimit, one_name_does_not_slow_another) {
  RateLimit limit(1, 1, 10);
  limit.take("ada", 1, 0);

  EXPECT_EQ(limit.take("bob", 1, 0), 0);
}

TEST(RateLimit, a_clock_that_is_set_back_gives_nothing) {
  RateLimit limit(1, 1, 10);
  limit.take("ada", 1, 100 * kSecond);

  EXPECT_GT(limit.take("ada", 1, 0), 0);
}

TEST(RateLimit, remembers_a_bounded_number_and_forgets_who_came_longest_ago) {
  RateLimit limit(1, 1, 2);
  limit.take("ada", 1, 0);
  limit.take("bob", 1, 0);
  limit.take("ada", 1, 0);
  limit.take("eve", 1, 0);  // in bob's place

  EXPECT_GT(limit.take("ada", 1, 0), 0);
  EXPECT_EQ(limit.take("bob", 1, 0), 0);
}

TEST(Connections, who_comes_while_all_leave_is_asked_to_at_once) {
  Connections connections(10, 10);
  Connections::Slot before(connections, "a");
  Connections::Slot after(connections, "a");
  int asked = 0;

  before.on_leave([&] { ++asked; });
  EXPECT_EQ(asked, 0);
  connections.drain();
  EXPECT_EQ(asked, 1);
  after.on_leave([&] { ++asked; });
  EXPECT_EQ(asked, 2);
  after.on_leave(nullptr);
}

// Bytes of a client's frame with an empty mask.
std::string frame(std::uint8_t first, std::size_t payload) {
  std::string bytes{static_cast<char>(first)};
  if (payload < 126) {
    bytes += static_cast<char>(0x80U | payload);
  } else {
    bytes += static_cast<char>(0x80U | 126U);
    bytes += static_cast<char>(payload >> 8U);
    bytes += static_cast<char>(payload & 255U);
  }
  return bytes + std::string(4 + payload, '\0');
}

std::size_t counted(const std::string& bytes, std::size_t piece) {
  Frames frames;
  std::size_t count = 0;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    const std::string part = bytes.substr(i, piece);
    count += frames.take({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  }
  return count;
}

TEST(Frames, whole_messages_are_not_counted_and_all_else_is) {
  const std::string messages = frame(0x81, 5) + frame(0x82, 300) + frame(0x88, 2);
  const std::string beside =
      frame(0x01, 0) + frame(0x00, 0) + frame(0x80, 200) + frame(0x89, 0) + frame(0x8a, 4);

  for (const std::size_t piece : {1U, 3U, 1'000U}) {
    EXPECT_EQ(counted(messages, piece), 0U) << piece;
    EXPECT_EQ(counted(messages + beside + messages, piece), 5U) << piece;
  }
}

}  // namespace
}  // namespace segue::gateway
