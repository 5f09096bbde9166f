#include "core/experiment.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace segue::test {
namespace {

constexpr int kListeners = 20'000;

Experiment experiment(const std::string& name, double share) {
  return {.name = name, .share = share, .trial = {}};
}

std::string listener(int number) { return "listener-" + std::to_string(number); }

double share_on_trial(const Experiment& experiment) {
  int trial = 0;
  for (int i = 0; i < kListeners; ++i) {
    trial += assign(experiment, listener(i)).variant == Variant::trial ? 1 : 0;
  }
  return static_cast<double>(trial) / kListeners;
}

// Four standard deviations of a share that chance alone moves.
double tolerance(double share) { return 4 * std::sqrt(share * (1 - share) / kListeners) + 1e-9; }

TEST(Experiment, gives_the_trial_to_its_share_of_the_listeners) {
  for (const double share : {0.0, 0.01, 0.25, 0.5, 0.9, 1.0}) {
    EXPECT_NEAR(share_on_trial(experiment("wider", share)), share, tolerance(share)) << share;
  }
}

TEST(Experiment, keeps_a_listener_where_they_are) {
  // Written down once: a build that sends listeners elsewhere would mix running experiments.
  const Experiment wider = experiment("wider", 0.5);
  std::string sides;
  for (int i = 0; i < 16; ++i) {
    sides += assign(wider, listener(i)).variant == Variant::trial ? 't' : 'c';
  }

  EXPECT_EQ(sides, "tttcctcttccttctt");
}

TEST(Experiment, a_larger_share_only_adds_listeners) {
  const Experiment tenth = experiment("wider", 0.1);
  const Experiment half = experiment("wider", 0.5);
  for (int i = 0; i < kListeners; ++i) {
    if (assign(tenth, listener(i)).variant == Variant::control) continue;
    ASSERT_EQ(assign(half, listener(i)).variant, Variant::trial) << listener(i);
  }
}

TEST(Experiment, another_name_draws_again) {
  const Experiment wider = experiment("wider", 0.5);
  const Experiment calmer = experiment("calmer", 0.5);
  int both = 0;
  for (int i = 0; i < kListeners; ++i) {
    both += assign(wider, listener(i)).variant == Variant::trial &&
                    assign(calmer, listener(i)).variant == Variant::trial
                ? 1
                : 0;
  }

  EXPECT_NEAR(static_cast<double>(both) / kListeners, 0.25, tolerance(0.25));
}

TEST(Experiment, buckets_are_alike_on_both_sides) {
  const Experiment wider = experiment("wider", 0.5);
  std::array<std::array<int, kBuckets>, kVariants> listeners{};
  for (int i = 0; i < kListeners; ++i) {
    const Assignment assigned = assign(wider, listener(i));
    ++listeners[static_cast<std::size_t>(assigned.variant)][assigned.bucket];
  }

  const double expected = kListeners / 2.0 / kBuckets;
  for (const auto& side : listeners) {
    for (const int in_bucket : side) EXPECT_NEAR(in_bucket, expected, 5 * std::sqrt(expected));
  }
}

TEST(Experiment, that_does_not_run_gives_everybody_the_control) {
  const Assignment assigned = assign(experiment("", 1), "ana");

  EXPECT_EQ(assigned.variant, Variant::control);
}

}  // namespace
}  // namespace segue::test
