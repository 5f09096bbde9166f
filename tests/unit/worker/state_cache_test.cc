#include "consumers/worker/state_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace segue {
namespace {

TEST(StateCache, finds_what_was_put) {
  StateCache<int> cache;

  cache.put("ada", 1);

  ASSERT_NE(cache.find("ada"), nullptr);
  EXPECT_EQ(*cache.find("ada"), 1);
  EXPECT_EQ(cache.find("bob"), nullptr);
}

TEST(StateCache, the_least_recently_used_go_first) {
  StateCache<int> cache;
  for (const std::string key : {"a", "b", "c", "d"}) cache.put(key, 0);
  cache.find("a");

  cache.shrink(2);

  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_EQ(cache.find("c"), nullptr);
  EXPECT_NE(cache.find("d"), nullptr);
}

TEST(StateCache, states_stay_where_they_are_while_others_come) {
  StateCache<int> cache;
  int& ada = cache.put("ada", 1);
  for (int i = 0; i < 10'000; ++i) cache.put("l" + std::to_string(i), i);

  ada = 7;

  EXPECT_EQ(*cache.find("ada"), 7);
}

TEST(StateCache, a_state_put_again_replaces_the_older) {
  StateCache<int> cache;
  cache.put("ada", 1);
  cache.put("bob", 2);
  cache.put("ada", 3);
  EXPECT_EQ(*cache.find("ada"), 3);

  cache.shrink(1);

  ASSERT_NE(cache.find("ada"), nullptr) << "it was used last";
  EXPECT_EQ(*cache.find("ada"), 3);
}

TEST(StateCache, cleared_it_is_empty) {
  StateCache<int> cache;
  cache.put("ada", 1);

  cache.clear();

  EXPECT_EQ(cache.find("ada"), nullptr);
  cache.shrink(0);
}

TEST(States, what_was_asked_for_by_at_counts_as_changed) {
  StateCache<int> cache;
  cache.put("ada", 1);
  cache.put("bob", 2);
  States<int> states(cache);

  states.at("bob") = 5;
  EXPECT_NE(states.find("ada"), nullptr);

  ASSERT_EQ(states.changed().size(), 1U);
  EXPECT_EQ(*states.changed().at("bob"), 5);
}

}  // namespace
}  // namespace segue
