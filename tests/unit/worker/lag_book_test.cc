#include "consumers/worker/lag/lag_book.h"

#include <gtest/gtest.h>

namespace segue {
namespace {

constexpr std::int32_t kP = 3;

// Observes partition 3 once a second, as LagWatch does.
struct Watched {
  LagBook book;
  Micros elapsed = 100 * kSecond;

  Lag after_a_second(std::int64_t end, std::int64_t next) {
    elapsed += kSecond;
    book.observe(kP, end, next, elapsed);
    return book.lags(elapsed).at(0);
  }
};

TEST(LagBook, an_idle_partition_has_no_lag_however_long_it_is_idle) {
  Watched watched;
  watched.after_a_second(50, 50);
  watched.elapsed += 3'600 * kSecond;
  const Lag lag = watched.after_a_second(50, 50);
  EXPECT_EQ(lag.events, 0);
  EXPECT_EQ(lag.seconds, 0);
  EXPECT_EQ(lag.state, PartitionState::ok);
}

TEST(LagBook, after_a_long_silence_lag_counts_from_the_new_record) {
  Watched watched;
  watched.after_a_second(50, 50);
  watched.elapsed += 3'600 * kSecond;
  const Lag lag = watched.after_a_second(51, 50);
  EXPECT_EQ(lag.events, 1);
  EXPECT_LE(lag.seconds, 1);
}

TEST(LagBook, a_busy_partition_that_keeps_up_is_ok) {
  Watched watched;
  for (std::int64_t end = 1'000; end < 60'000; end += 500) {
    const Lag lag = watched.after_a_second(end, end - 7);
    EXPECT_EQ(lag.state, PartitionState::ok);
    if (end > 1'000) {
      EXPECT_EQ(lag.seconds, 0);
    }
  }
}

TEST(LagBook, a_checkpoint_that_stands_ages_then_stalls_then_stops) {
  Watched watched;
  watched.after_a_second(10, 10);
  watched.after_a_second(20, 10);
  Lag lag;
  for (std::int64_t second = 1; second <= 5; ++second) {
    lag = watched.after_a_second(20 + second * 10, 10);
    EXPECT_EQ(lag.seconds, static_cast<double>(second));
  }
  EXPECT_EQ(lag.state, PartitionState::stalled);
  for (int second = 0; second < 25; ++second) lag = watched.after_a_second(70, 10);
  EXPECT_EQ(lag.state, PartitionState::stopped);
}

TEST(LagBook, a_worker_that_lags_by_a_constant_is_slow) {
  Watched watched;
  watched.after_a_second(0, 0);
  Lag lag;
  for (std::int64_t second = 1; second <= 30; ++second) {
    lag = watched.after_a_second(second * 100, std::max<std::int64_t>(second * 100 - 800, 0));
  }
  EXPECT_EQ(lag.events, 800);
  EXPECT_NEAR(lag.seconds, 7, 1);
  EXPECT_EQ(lag.state, PartitionState::slow);
}

TEST(LagBook, lag_that_grows_slowly_is_noticed) {
  Watched watched;
  watched.after_a_second(0, 0);
  Lag lag;
  for (std::int64_t second = 1; second <= 100; ++second) {
    lag = watched.after_a_second(second * 100, second * 90);
  }
  EXPECT_NEAR(lag.seconds, 10, 1.5);
  EXPECT_EQ(lag.state, PartitionState::slow);
}

TEST(LagBook, a_jump_of_records_is_no_trouble_by_itself) {
  Watched watched;
  watched.after_a_second(10, 10);
  const Lag lag = watched.after_a_second(10'000, 10);
  EXPECT_EQ(lag.state, PartitionState::ok);
  EXPECT_EQ(lag.seconds, 0);
}

TEST(LagBook, the_age_of_what_came_before_the_start_is_looked_up) {
  Watched watched;
  watched.after_a_second(30, 10);
  ASSERT_EQ(watched.book.to_look_at(watched.elapsed).size(), 1U);
  EXPECT_EQ(watched.book.to_look_at(watched.elapsed)[0], (std::pair{kP, std::int64_t{10}}));
  watched.book.looked(kP, 10, 90 * kSecond, watched.elapsed);
  EXPECT_TRUE(watched.book.to_look_at(watched.elapsed).empty());
  EXPECT_EQ(watched.after_a_second(30, 10).seconds, 91);
}

TEST(LagBook, markers_of_transactions_are_no_lag) {
  Watched watched;
  watched.after_a_second(10, 10);
  for (int second = 0; second < 3; ++second) watched.after_a_second(12, 10);
  ASSERT_FALSE(watched.book.to_look_at(watched.elapsed).empty());
  watched.book.looked(kP, 10, std::nullopt, watched.elapsed);
  EXPECT_EQ(watched.after_a_second(12, 10).events, 0);
  EXPECT_TRUE(watched.book.to_look_at(watched.elapsed).empty());
  // A record behind them counts, and from when it came.
  const Lag lag = watched.after_a_second(13, 10);
  EXPECT_GT(lag.events, 0);
  EXPECT_EQ(lag.state, PartitionState::ok);
}

TEST(LagBook, an_older_checkpoint_lags_also_behind_markers) {
  Watched watched;
  watched.after_a_second(10, 10);
  for (int second = 0; second < 3; ++second) watched.after_a_second(12, 10);
  watched.book.looked(kP, 10, std::nullopt, watched.elapsed);
  EXPECT_EQ(watched.after_a_second(12, 10).events, 0);
  EXPECT_EQ(watched.after_a_second(12, 3).events, 9);
}

TEST(LagBook, a_day_in_an_outage_takes_bounded_memory_and_stays_true) {
  Watched watched;
  watched.after_a_second(0, 0);
  Lag lag;
  for (std::int64_t second = 1; second <= 86'400; ++second) {
    lag = watched.after_a_second(second * 10, 0);
  }
  EXPECT_EQ(lag.events, 864'000);
  EXPECT_NEAR(lag.seconds, 86'399, 1);
  lag = watched.after_a_second(864'000, 432'000);  // half of it is done
  EXPECT_NEAR(lag.seconds, 43'200, 400);
}

}  // namespace
}  // namespace segue
