#include "loadtest/load/stopwatch.h"

#include <gtest/gtest.h>

#include <numeric>

namespace segue {
namespace {

using namespace std::chrono_literals;
using Clock = Stopwatch::Clock;

TEST(Percentiles, are_the_nearest_ranks) {
  std::vector<double> ms(100);
  std::iota(ms.rbegin(), ms.rend(), 1);

  const Percentiles found = percentiles(ms);

  EXPECT_EQ(found.p50, 50);
  EXPECT_EQ(found.p90, 90);
  EXPECT_EQ(found.p99, 99);
  EXPECT_EQ(found.max, 100);
}

TEST(Percentiles, of_one_value_are_that_value) {
  EXPECT_EQ(percentiles({7}).p50, 7);
  EXPECT_EQ(percentiles({7}).p99, 7);
}

TEST(Percentiles, of_nothing_are_zero) { EXPECT_EQ(percentiles({}).max, 0); }

TEST(Stopwatch, an_event_without_an_answer_is_missing) {
  Stopwatch stopwatch("run", 2, 0);
  stopwatch.sent(0, Clock::now(), true);
  stopwatch.sent(1, Clock::now(), true);

  stopwatch.answered(stopwatch.id(1), Clock::now() + 5ms);

  EXPECT_EQ(stopwatch.awaited(), 1);
  EXPECT_EQ(stopwatch.measured().answered, 1U);
  EXPECT_EQ(stopwatch.measured().missing, 1U);
}

TEST(Stopwatch, an_event_that_needs_no_answer_is_never_missing) {
  Stopwatch stopwatch("run", 1, 0);

  stopwatch.sent(0, Clock::now(), false);

  EXPECT_EQ(stopwatch.awaited(), 0);
  EXPECT_EQ(stopwatch.measured().sent, 1U);
  EXPECT_EQ(stopwatch.measured().missing, 0U);
}

TEST(Stopwatch, the_first_answer_counts) {
  Stopwatch stopwatch("run", 1, 0);
  stopwatch.sent(0, Clock::now(), true);
  const auto sent = Clock::now();

  stopwatch.answered(stopwatch.id(0), sent + 10ms);
  stopwatch.answered(stopwatch.id(0), sent + 10h);

  EXPECT_GE(stopwatch.measured().answer.max, 10);
  EXPECT_LT(stopwatch.measured().answer.max, 3'600'000);
  EXPECT_EQ(stopwatch.awaited(), 0);
}

TEST(Stopwatch, the_warm_up_is_not_measured) {
  Stopwatch stopwatch("run", 3, 2);
  for (std::size_t n = 0; n < 3; ++n) stopwatch.sent(n, Clock::now(), true);

  stopwatch.answered(stopwatch.id(0), Clock::now() + 10h);
  stopwatch.answered(stopwatch.id(2), Clock::now());

  EXPECT_EQ(stopwatch.measured().sent, 1U);
  EXPECT_EQ(stopwatch.measured().missing, 0U);
  EXPECT_LT(stopwatch.measured().answer.max, 3'600'000);
  EXPECT_EQ(stopwatch.awaited(), 1);
}

TEST(Stopwatch, answers_to_others_are_ignored) {
  Stopwatch stopwatch("run", 1, 0);
  stopwatch.sent(0, Clock::now(), true);

  for (const char* id : {"", "load/", "load/earlier/0", "load/run/", "load/run/1", "load/run/0x",
                         "load/run/99999999999999999999", "load/run/-1"}) {
    stopwatch.answered(id, Clock::now());
  }

  EXPECT_EQ(stopwatch.awaited(), 1);
}

TEST(Stopwatch, a_late_sender_is_seen) {
  Stopwatch stopwatch("run", 1, 0);

  stopwatch.sent(0, Clock::now() - 20ms, true);

  EXPECT_GE(stopwatch.measured().late.max, 20);
}

TEST(Stopwatch, latency_from_when_due_has_the_senders_delay) {
  Stopwatch stopwatch("run", 1, 0);
  stopwatch.sent(0, Clock::now() - 200ms, true);

  stopwatch.answered(stopwatch.id(0), Clock::now() + 5ms);

  EXPECT_GE(stopwatch.measured().due.p50, 205);
  EXPECT_GE(stopwatch.measured().answer.p50, 5);
}

TEST(Stopwatch, answers_after_the_last_event_are_no_throughput) {
  Stopwatch stopwatch("run", 3, 0);
  for (std::size_t n = 0; n < 3; ++n) {
    stopwatch.sent(n, Clock::now(), true);
    if (n == 0) stopwatch.answered(stopwatch.id(0), Clock::now());
  }
  stopwatch.answered(stopwatch.id(1), Clock::now() + 10h);
  stopwatch.answered(stopwatch.id(2), Clock::now() + 10h);

  const Measured measured = stopwatch.measured();

  EXPECT_GT(measured.answered_per_s, 0);
  EXPECT_EQ(measured.answered, 3U);
}

TEST(Stopwatch, unexpected_answers_are_no_throughput) {
  Stopwatch stopwatch("run", 3, 0);
  for (std::size_t n = 0; n < 3; ++n) {
    stopwatch.sent(n, Clock::now(), false);
    stopwatch.answered(stopwatch.id(n), Clock::now());
  }

  EXPECT_EQ(stopwatch.measured().answered_per_s, 0);
}

}  // namespace
}  // namespace segue
