#include "core/generation/trials.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "core/generation/decision.h"

namespace segue {
namespace {

constexpr ListenerId kAda{1};
constexpr SessionId kSession{7};
constexpr std::uint64_t kWish = 11;

TEST(Trials, five_plays_end_one) {
  Trials trials;
  EXPECT_FALSE(trials.begin(kAda, kSession, kWish, true, false));

  for (int i = 0; i < 4; ++i) EXPECT_FALSE(trials.play(kAda, kSession, i != 0));
  const auto end = trials.play(kAda, kSession, true);

  EXPECT_EQ(end, (TrialEnd{.composed = true, .forced = false, .kept = 0.8F}));
  EXPECT_FALSE(trials.play(kAda, kSession, true)) << "it has ended";
}

TEST(Trials, one_draw_is_one_trial) {
  Trials trials;
  trials.begin(kAda, kSession, kWish, true, false);
  for (int i = 0; i < 5; ++i) trials.play(kAda, kSession, true);

  EXPECT_FALSE(trials.begin(kAda, kSession, kWish, false, false));

  for (int i = 0; i < 5; ++i) EXPECT_FALSE(trials.play(kAda, kSession, true));
}

TEST(Trials, another_wish_or_session_ends_one) {
  Trials trials;
  trials.begin(kAda, kSession, kWish, false, true);
  trials.play(kAda, kSession, false);

  const auto by_wish = trials.begin(kAda, kSession, kWish + 1, true, false);
  trials.play(kAda, kSession, true);
  const auto by_session = trials.play(kAda, SessionId{8}, false);

  EXPECT_EQ(by_wish, (TrialEnd{.composed = false, .forced = true, .kept = 0}));
  EXPECT_EQ(by_session, (TrialEnd{.composed = true, .forced = false, .kept = 1}));
  EXPECT_EQ(trials.held(), 0U);
}

TEST(Trials, one_without_plays_says_nothing) {
  Trials trials;
  trials.begin(kAda, kSession, kWish, false, true);

  EXPECT_FALSE(trials.begin(kAda, kSession, kWish + 1, true, false));
  EXPECT_FALSE(trials.play(kAda, SessionId{8}, true));
}

TEST(Trials, the_forgotten_and_the_oldest_are_not_counted) {
  Trials trials;
  trials.begin(kAda, kSession, kWish, true, false);
  trials.forget(kAda);
  EXPECT_FALSE(trials.play(kAda, SessionId{8}, true));

  for (std::uint64_t who = 1; who <= Trials::kHeldMax + 1; ++who) {
    trials.begin({who}, kSession, kWish, true, false);
  }
  EXPECT_EQ(trials.held(), Trials::kHeldMax);
  trials.play(kAda, kSession, true);
  EXPECT_FALSE(trials.play(kAda, SessionId{8}, true));
}

// The sums that metrics keep, and what the recorded rules make of them.
class Sums {
 public:
  void add(const TrialEnd& end) {
    Arm& arm = arms_[end.composed ? 1 : 0][end.forced ? 1 : 0];
    ++arm.trials;
    arm.kept += end.kept;
    arm.squares += static_cast<double>(end.kept) * end.kept;
  }
  double lift() const { return share(1) - share(0); }
  double half_width() const { return 1.96 * std::sqrt(variance(0) + variance(1)); }

 private:
  struct Arm {
    double trials = 0;
    double kept = 0;
    double squares = 0;
  };
  static constexpr std::array kWeights = {1 / 0.98, 1 / 0.02};

  double weight(std::size_t course) const {
    return kWeights[0] * arms_[course][0].trials + kWeights[1] * arms_[course][1].trials;
  }
  double share(std::size_t course) const {
    return (kWeights[0] * arms_[course][0].kept + kWeights[1] * arms_[course][1].kept) /
           weight(course);
  }
  double variance(std::size_t course) const {
    double sum = 0;
    for (std::size_t forced = 0; forced < 2; ++forced) {
      const Arm& arm = arms_[course][forced];
      const double mean = share(course);
      sum += kWeights[forced] * kWeights[forced] *
             (arm.squares - 2 * mean * arm.kept + mean * mean * arm.trials);
    }
    return sum / (weight(course) * weight(course));
  }

  std::array<std::array<Arm, 2>, 2> arms_{};  // [composed][forced]
};

// Listeners who are badly served keep less, whatever they get, and rules compose for them: the
// plain difference of means says that composing harms, which is wrong.
TEST(Trials, the_lift_is_what_composing_adds) {
  constexpr double kLift = 0.15;
  constexpr int kRounds = 200;
  const DecisionRules rules;
  std::mt19937_64 random(17);
  std::uniform_real_distribution<double> draw(0, 1);
  int covered = 0;
  double mean = 0;
  for (int round = 0; round < kRounds; ++round) {
    Sums sums;
    Trials trials;
    for (std::uint64_t who = 1; who <= 4'000; ++who) {
      const bool badly = draw(random) < 0.3;
      const Signals signals{.setting = {.mode = AiMode::on},
                            .wish = true,
                            .fit = badly ? 0.0F : 1.0F,
                            .unheard_fit = badly ? 0.0F : 1.0F,
                            .match = badly ? 0.0F : 1.0F,
                            .budget = 3,
                            .global_budget = 60};
      const Decision made = decide(signals, {.high = 0.5F, .low = 0.1F}, rules, draw(random));
      const bool composed = made.choice != Course::search;
      trials.begin({who}, kSession, kWish, composed, made.rule == Rule::forced);
      const double keeps = (badly ? 0.3 : 0.7) + (composed ? kLift : 0);
      for (std::uint32_t i = 0; i < Trials::kPlays; ++i) {
        if (const auto end = trials.play({who}, kSession, draw(random) < keeps)) sums.add(*end);
      }
    }
    mean += sums.lift() / kRounds;
    covered += std::abs(sums.lift() - kLift) <= sums.half_width() ? 1 : 0;
  }

  EXPECT_NEAR(mean, kLift, 0.02);
  EXPECT_GE(covered, kRounds * 90 / 100);
}

}  // namespace
}  // namespace segue
