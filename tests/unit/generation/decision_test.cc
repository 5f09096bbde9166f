#include "core/generation/decision.h"

#include <gtest/gtest.h>

#include <random>

namespace segue {
namespace {

constexpr double kNotDrawn = 0.5;

// A listener whom the catalogue serves badly, and for whom something may be composed.
Signals badly_served() {
  return {.setting = {},
          .fit = 0.1F,
          .unheard_fit = 0.1F,
          .distance = 1,
          .budget = 3,
          .global_budget = 100};
}

constexpr Bars kBars = {.high = 0.6F, .low = 0.3F, .leave = 0.4F};

Decision decided(const Signals& signals, double draw = kNotDrawn) {
  return decide(signals, kBars, {}, draw);
}

TEST(Decision, off_searches_whatever_is_asked) {
  Signals signals = badly_served();
  signals.setting.mode = AiMode::off;
  signals.requested = true;

  EXPECT_EQ(decided(signals).choice, Course::search);
  EXPECT_EQ(decided(signals).rule, Rule::setting);
  EXPECT_EQ(decided(signals, 0).choice, Course::search);
}

TEST(Decision, refused_composing_is_as_off) {
  Signals signals = badly_served();
  signals.setting = {.mode = AiMode::on, .refused = bit_of(AiPart::composed)};
  signals.requested = true;

  EXPECT_EQ(decided(signals).rule, Rule::setting);
}

TEST(Decision, a_request_composes_though_the_catalogue_fits) {
  Signals signals = badly_served();
  signals.fit = signals.unheard_fit = 1;
  signals.requested = true;

  EXPECT_EQ(decided(signals).choice, Course::generate);
  EXPECT_EQ(decided(signals).rule, Rule::request);
  EXPECT_EQ(decided(signals, 0).rule, Rule::request);
}

TEST(Decision, a_request_beyond_the_budget_searches) {
  Signals signals = badly_served();
  signals.requested = true;
  signals.budget = 0.9F;

  EXPECT_EQ(decided(signals).choice, Course::search);
  EXPECT_EQ(decided(signals).rule, Rule::budget);
}

TEST(Decision, the_cap_for_all_counts_as_well) {
  Signals signals = badly_served();
  signals.requested = true;
  signals.global_budget = 0;

  EXPECT_EQ(decided(signals).rule, Rule::budget);
}

TEST(Decision, what_the_composer_cannot_make_is_not_composed) {
  Signals signals = badly_served();
  signals.requested = true;
  signals.known = false;

  EXPECT_EQ(decided(signals).choice, Course::search);
  EXPECT_EQ(decided(signals).rule, Rule::unknown);
}

TEST(Decision, a_good_fit_searches) {
  Signals signals = badly_served();
  signals.early_skips = 5;
  signals.fit = 0.6F;

  EXPECT_EQ(decided(signals).choice, Course::search);
  EXPECT_EQ(decided(signals).rule, Rule::fits);
}

TEST(Decision, something_unheard_that_fits_searches) {
  Signals signals = badly_served();
  signals.early_skips = 5;
  signals.unheard_fit = 0.3F;

  EXPECT_EQ(decided(signals).rule, Rule::fits);
}

TEST(Decision, a_wish_that_nothing_matches_composes) {
  Signals signals = badly_served();
  signals.wish = true;
  signals.match = 0;

  EXPECT_EQ(decided(signals).choice, Course::generate);
  EXPECT_EQ(decided(signals).rule, Rule::no_match);
}

TEST(Decision, two_early_skips_compose_and_one_does_not) {
  Signals signals = badly_served();
  signals.early_skips = 1;
  EXPECT_EQ(decided(signals).rule, Rule::otherwise);

  signals.early_skips = 2;

  EXPECT_EQ(decided(signals).choice, Course::generate);
  EXPECT_EQ(decided(signals).rule, Rule::skips);
}

TEST(Decision, having_heard_the_best_composes) {
  Signals signals = badly_served();
  signals.heard_share = 0.8F;

  EXPECT_EQ(decided(signals).choice, Course::generate);
  EXPECT_EQ(decided(signals).rule, Rule::exhausted);
}

TEST(Decision, the_same_wish_is_reused_and_costs_no_budget) {
  Signals signals = badly_served();
  signals.requested = true;
  signals.distance = 0;
  signals.budget = 0;

  EXPECT_EQ(decided(signals).choice, Course::reuse);
}

TEST(Decision, nearly_the_same_wish_is_repurposed) {
  Signals signals = badly_served();
  signals.requested = true;
  signals.distance = 0.25F;

  EXPECT_EQ(decided(signals).choice, Course::repurpose);
}

TEST(Decision, it_ends_at_a_higher_bar_than_it_begins) {
  Signals signals = badly_served();
  signals.early_skips = 2;
  signals.fit = signals.unheard_fit = 0.35F;
  EXPECT_EQ(decided(signals).choice, Course::search);

  signals.composing = true;
  EXPECT_EQ(decided(signals).choice, Course::generate);

  signals.unheard_fit = 0.4F;
  EXPECT_EQ(decided(signals).choice, Course::search);
}

TEST(Decision, lag_of_the_generators_lowers_the_bar) {
  Signals signals = badly_served();
  signals.early_skips = 2;
  signals.fit = signals.unheard_fit = 0.2F;
  EXPECT_EQ(decided(signals).choice, Course::generate);

  signals.lag_s = 60;

  EXPECT_EQ(decided(signals).choice, Course::search);
}

TEST(Decision, a_few_are_forced_each_way_and_say_how_likely) {
  Signals composing = badly_served();
  composing.early_skips = 2;
  Signals searching = composing;
  searching.fit = searching.unheard_fit = 1;

  const Decision to_search = decided(composing, 0.019);
  const Decision to_compose = decided(searching, 0.019);

  EXPECT_EQ(to_search.choice, Course::search);
  EXPECT_EQ(to_search.unforced, Course::generate);
  EXPECT_EQ(to_compose.choice, Course::generate);
  EXPECT_EQ(to_compose.unforced, Course::search);
  for (const Decision& forced : {to_search, to_compose}) {
    EXPECT_EQ(forced.rule, Rule::forced);
    EXPECT_DOUBLE_EQ(forced.propensity, 0.02);
  }
  EXPECT_DOUBLE_EQ(decided(composing, 0.02).propensity, 0.98);
}

TEST(Decision, nothing_is_forced_on_who_only_listens) {
  Signals signals = badly_served();

  EXPECT_EQ(decided(signals, 0).choice, Course::search);
  EXPECT_DOUBLE_EQ(decided(signals, 0).propensity, 1);
}

TEST(Decision, never_composes_against_the_setting_or_the_budget) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto flag = [&] { return unit(random) < 0.5F; };
  for (int i = 0; i < 50'000; ++i) {
    const Signals signals{.setting = {.mode = static_cast<AiMode>(random() % 3),
                                      .refused = static_cast<AiParts>(random() & kAllAiParts)},
                          .requested = flag(),
                          .wish = flag(),
                          .fit = unit(random),
                          .unheard_fit = unit(random),
                          .match = unit(random),
                          .heard_share = unit(random),
                          .early_skips = static_cast<std::uint32_t>(random() % 4),
                          .distance = unit(random),
                          .known = flag(),
                          .budget = 2 * unit(random),
                          .global_budget = 2 * unit(random),
                          .lag_s = 100 * unit(random),
                          .composing = flag()};
    const Decision decision = decided(signals, static_cast<double>(unit(random)) / 10);

    if (decision.choice == Course::search) continue;
    ASSERT_TRUE(signals.setting.may_compose());
    ASSERT_TRUE(signals.known);
    ASSERT_TRUE(decision.choice == Course::reuse ||
                (signals.budget >= 1 && signals.global_budget >= 1));
    ASSERT_GT(decision.propensity, 0);
  }
}

TEST(Decision, draws_are_even) {
  int drawn = 0;
  for (int i = 0; i < 20'000; ++i) {
    drawn += draw_of(track_id("event " + std::to_string(i)).value) < 0.02 ? 1 : 0;
  }

  EXPECT_NEAR(drawn, 400, 100);
}

TEST(Quantiles, follow_what_came) {
  Quantiles fits;
  for (int i = 0; i < 4'000; ++i) fits.add(0.5F + 0.25F * static_cast<float>(i % 100) / 100);

  EXPECT_NEAR(fits.at(0.1), 0.52, 0.03);
  EXPECT_NEAR(fits.at(0.5), 0.62, 0.03);
  EXPECT_NEAR(fits.at(0.9), 0.73, 0.03);
}

TEST(Quantiles, begin_even_and_forget_what_was_long_ago) {
  Quantiles fits;
  EXPECT_NEAR(fits.at(0.5), 0.5, 0.02);
  for (int i = 0; i < 20'000; ++i) fits.add(0.1F);
  EXPECT_NEAR(fits.at(0.5), 0.1, 0.03);

  for (int i = 0; i < 20'000; ++i) fits.add(0.9F);

  EXPECT_NEAR(fits.at(0.5), 0.9, 0.03);
}

TEST(Quantiles, take_any_number) {
  Quantiles fits;
  for (const float odd : {-1.0F, 0.0F, 1.0F, 5.0F, std::numeric_limits<float>::quiet_NaN()}) {
    fits.add(odd);
  }

  EXPECT_GE(fits.at(0), 0);
  EXPECT_LE(fits.at(1), 1);
}

TEST(TokenBucket, fills_by_time_up_to_its_size) {
  TokenBucket bucket;
  bucket.fill(kHour, 2, 3);
  EXPECT_TRUE(bucket.take());
  EXPECT_TRUE(bucket.take());
  EXPECT_TRUE(bucket.take());
  EXPECT_FALSE(bucket.take());

  bucket.fill(kHour + 30 * kMinute, 2, 3);

  EXPECT_TRUE(bucket.take());
  EXPECT_FALSE(bucket.take());
  bucket.fill(100 * kHour, 2, 3);
  EXPECT_EQ(bucket.tokens, 3);
}

TEST(TokenBucket, time_that_runs_backwards_fills_nothing) {
  TokenBucket bucket;
  bucket.fill(10 * kHour, 1, 1);
  ASSERT_TRUE(bucket.take());

  bucket.fill(kHour, 1, 1);
  bucket.fill(10 * kHour, 1, 1);

  EXPECT_FALSE(bucket.take());
}

TEST(AiMusic, off_allows_nothing_that_a_machine_made) {
  const AiMusic off{.mode = AiMode::off};
  for (AiParts made = 1; made <= kAllAiParts; ++made) EXPECT_FALSE(off.allows(made));
  EXPECT_TRUE(off.allows(0));
}

TEST(AiMusic, refuses_by_part) {
  const AiMusic no_voices{.mode = AiMode::on, .refused = bit_of(AiPart::voice)};

  EXPECT_TRUE(no_voices.allows(bit_of(AiPart::composed)));
  EXPECT_FALSE(no_voices.allows(bit_of(AiPart::composed) | bit_of(AiPart::voice)));
  EXPECT_TRUE(no_voices.may_compose());
}

}  // namespace
}  // namespace segue
