#include "core/math/distinct_counter.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "core/ids.h"

namespace segue::test {
namespace {

std::uint64_t hash_of(int number) { return track_id("track " + std::to_string(number)).value; }

TEST(DistinctCounter, counts_each_thing_once) {
  DistinctCounter counter;
  EXPECT_EQ(counter.estimate(), 0);

  for (int i = 0; i < 3'000; ++i) counter.add(hash_of(i % 1'000));

  EXPECT_NEAR(counter.estimate(), 1'000, 2);
}

TEST(DistinctCounter, stays_close_at_a_million) {
  DistinctCounter counter;
  for (int i = 0; i < 1'000'000; ++i) counter.add(hash_of(i));

  EXPECT_NEAR(counter.estimate(), 1e6, 1e6 * 0.0015);  // five standard deviations
}

TEST(DistinctCounter, threads_count_together) {
  DistinctCounter counter;
  const auto add_all = [&] {
    for (int i = 0; i < 20'000; ++i) counter.add(hash_of(i));
  };

  std::thread other(add_all);
  add_all();
  other.join();

  EXPECT_NEAR(counter.estimate(), 20'000, 30);
}

TEST(DistinctCounter, is_finite_when_it_is_full) {
  DistinctCounter counter;
  for (std::uint64_t i = 0; i < DistinctCounter::kBits; ++i) counter.add(i);

  EXPECT_GT(counter.estimate(), 1e8);
  EXPECT_LT(counter.estimate(), 2e8);
}

}  // namespace
}  // namespace segue::test
