#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "producers/gateway/body_budget.h"
#include "producers/gateway/doors.h"
#include "producers/gateway/origins.h"
#include "producers/gateway/rate_limit.h"

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

TEST(Doors, who_comes_while_all_leave_is_asked_to_at_once) {
  Doors doors(10, 10);
  Doors::Visit before(doors, "a");
  Doors::Visit after(doors, "a");
  int asked = 0;

  before.on_leave([&] { ++asked; });
  EXPECT_EQ(asked, 0);
  doors.drain();
  EXPECT_EQ(asked, 1);
  after.on_leave([&] { ++asked; });
  EXPECT_EQ(asked, 2);
  after.on_leave(nullptr);
}

TEST(Origins, only_who_is_on_the_list_and_the_own_page) {
  const Origins origins("https://player.example, http://localhost:3000", {.tls = true});

  EXPECT_TRUE(origins.allows("https://player.example", "gateway.example"));
  EXPECT_TRUE(origins.allows("http://localhost:3000", "gateway.example"));
  EXPECT_TRUE(origins.allows("https://gateway.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("https://evil.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("https://player.example.evil.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("http://player.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("null", "gateway.example"));
  EXPECT_FALSE(origins.allows("", ""));
}

TEST(Origins, the_own_page_has_the_gateways_scheme) {
  const Origins secure("", {.tls = true});
  const Origins plain("", {.tls = false});

  EXPECT_FALSE(secure.allows("http://gateway.example", "gateway.example"));
  EXPECT_TRUE(plain.allows("http://gateway.example", "gateway.example"));
  EXPECT_FALSE(plain.allows("https://gateway.example", "gateway.example"));
}

TEST(Origins, on_a_developers_machine_all_of_the_loopback) {
  const Origins origins("", {.tls = true, .loopback_too = true});

  EXPECT_TRUE(origins.allows("http://localhost:3000", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://127.0.0.1:5173", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://[::1]:80", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://localhost", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("http://localhost.evil.example", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("http://127.0.0.12:5173", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("null", "127.0.0.1:8080"));
}

TEST(Origins, what_is_no_origin_is_refused_at_the_start) {
  EXPECT_THROW(Origins("player.example", {}), std::invalid_argument);
  EXPECT_THROW(Origins("https://*.example", {}), std::invalid_argument);
  EXPECT_THROW(Origins("https://player.example/", {}), std::invalid_argument);
  EXPECT_NO_THROW(Origins("", {}));
}

}  // namespace
}  // namespace segue::gateway
