#include "loadtest/evaluate/figures/quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "loadtest/evaluate/figures/bootstrap.h"
#include "loadtest/evaluate/figures/exposure.h"

namespace segue {
namespace {

ScoredListen listen(std::uint32_t listener, int groups) {
  return {.listener = listener, .event = 0, .groups = static_cast<std::uint8_t>(groups)};
}

TEST(Quality, of_ranks_by_hand) {
  Quality quality;
  for (const int rank : {1, 3, 10, 20, 0})
    quality.add({.rank = static_cast<std::uint8_t>(rank), .candidate = rank != 0});

  EXPECT_EQ(quality.scored, 5U);
  EXPECT_DOUBLE_EQ(quality.hit_rate_at_1(), 0.2);
  EXPECT_DOUBLE_EQ(quality.hit_rate_at_10(), 0.6);
  EXPECT_DOUBLE_EQ(quality.hit_rate_at_20(), 0.8);
  EXPECT_DOUBLE_EQ(quality.mrr_at_20(), (1 + 1.0 / 3 + 0.1 + 0.05) / 5);
  EXPECT_DOUBLE_EQ(quality.ndcg_at_10(), (1 + 0.5 + 1 / std::log2(11.0)) / 5);
  EXPECT_DOUBLE_EQ(quality.candidate_share(), 0.8);
}

TEST(Quality, of_nothing_is_nothing) {
  const Quality quality;

  EXPECT_EQ(quality.hit_rate_at_20(), 0);
  EXPECT_EQ(quality.mrr_at_20(), 0);
}

TEST(Quality, of_a_group_is_of_its_listens) {
  const std::vector<ScoredListen> listens = {listen(0, kAnyListen | kRepeat),
                                             listen(0, kAnyListen | kNewToListener),
                                             listen(0, 0)};  // for learning curves only
  const std::vector<Verdict> verdicts = {{1, true}, {0, false}, {1, true}};

  EXPECT_EQ(quality_of(listens, verdicts).scored, 2U);
  EXPECT_DOUBLE_EQ(quality_of(listens, verdicts).hit_rate_at_20(), 0.5);
  EXPECT_DOUBLE_EQ(quality_of(listens, verdicts, kRepeat).hit_rate_at_20(), 1);
  EXPECT_EQ(quality_of(listens, verdicts, kRareTrack).scored, 0U);
}

TEST(Verdict, is_the_place_in_the_list) {
  std::vector<baseline::Track> list(30);
  for (baseline::Track i = 0; i < list.size(); ++i) list[i] = i;

  EXPECT_EQ(verdict_of(list, 0), (Verdict{1, true}));
  EXPECT_EQ(verdict_of(list, 19), (Verdict{20, true}));
  EXPECT_EQ(verdict_of(list, 20), Verdict{});
  EXPECT_EQ(verdict_of({}, 20), Verdict{});
}

TEST(Exposure, by_hand) {
  // Tracks 0 and 1 are by one artist, 2 by another, 3 by an unknown one.
  const std::vector<ArtistId> artists = {{7}, {7}, {8}, {}};
  const std::vector<std::uint32_t> plays = {3, 1, 0, 7};
  Exposure exposure;

  exposure.add(std::vector<baseline::Track>{0, 1, 2}, 1, plays, artists);
  exposure.add(std::vector<baseline::Track>{0, 3}, 2, plays, artists);

  EXPECT_EQ(exposure.tracks_shown(), 4U);
  EXPECT_DOUBLE_EQ(exposure.coverage(8), 0.5);
  // Shown: log2 of 1 + 3, 1, 0, 3, 7 are 2, 1, 0, 2, 3; played: 1 and 0.
  EXPECT_DOUBLE_EQ(exposure.popularity_lift(), 8.0 / 5 - 0.5);
  // Three pairs are of known artists, one of them of the same.
  EXPECT_DOUBLE_EQ(*exposure.diversity(), 2.0 / 3);
  // Shown 2, 1, 1, 1 times: Σ (2i - n - 1) x_i / (n Σ x), ascending.
  EXPECT_DOUBLE_EQ(exposure.gini(4), (-3 - 1 + 1 + 3 * 2) / (4.0 * 5));
}

TEST(Exposure, gini_goes_from_alike_to_one_for_all) {
  const std::vector<ArtistId> artists(100);
  const std::vector<std::uint32_t> plays(100);
  Exposure alike;
  Exposure one;
  for (baseline::Track track = 0; track < 100; ++track) {
    alike.add(std::vector<baseline::Track>{track}, 0, plays, artists);
    one.add(std::vector<baseline::Track>{5}, 0, plays, artists);
  }

  EXPECT_NEAR(alike.gini(100), 0, 1e-12);
  EXPECT_NEAR(one.gini(100), 0.99, 1e-12);
  EXPECT_FALSE(one.diversity());
  EXPECT_EQ(Exposure().gini(100), 0);
}

TEST(Bootstrap, of_a_sure_thing_has_no_width) {
  std::vector<ScoredListen> listens;
  std::vector<Verdict> verdicts;
  for (std::uint32_t i = 0; i < 200; ++i) {
    listens.push_back(listen(i / 2, kAnyListen));
    verdicts.push_back({2, true});
  }

  const Estimates sure = estimate(listens, verdicts);

  EXPECT_DOUBLE_EQ(sure.hit_rate_at_20.low, 1);
  EXPECT_DOUBLE_EQ(sure.hit_rate_at_20.high, 1);
  EXPECT_DOUBLE_EQ(sure.mrr_at_20.value, 0.5);
  EXPECT_DOUBLE_EQ(sure.mrr_at_20.above, 1);
}

TEST(Bootstrap, has_the_width_of_the_listeners_not_of_the_listens) {
  // 400 listeners hit with a chance of a half, each always or never.
  std::vector<ScoredListen> listens;
  std::vector<Verdict> verdicts;
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    listens.push_back(listen(i / 10, kAnyListen));
    verdicts.push_back(i / 10 % 2 == 0 ? Verdict{1, true} : Verdict{});
  }

  const Estimate hits = estimate(listens, verdicts).hit_rate_at_20;

  EXPECT_DOUBLE_EQ(hits.value, 0.5);
  // 1.96 √(0.25 / 400) = 0.049; of listens it would be 0.015.
  EXPECT_NEAR(hits.high - hits.value, 0.049, 0.01);
  EXPECT_NEAR(hits.value - hits.low, 0.049, 0.01);
}

TEST(Bootstrap, a_paired_difference_forgets_what_both_find_hard) {
  // Listeners differ widely, but each has one hit more in the trial.
  std::vector<ScoredListen> listens;
  std::vector<Verdict> control;
  std::vector<Verdict> trial;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    listens.push_back(listen(i / 10, kAnyListen));
    const bool hit = i / 10 % 2 == 0 && i % 10 != 0;
    control.push_back(hit ? Verdict{1, true} : Verdict{});
    trial.push_back(hit || i % 10 == 0 ? Verdict{1, true} : Verdict{});
  }

  const Estimate change = difference(listens, control, trial).hit_rate_at_20;

  EXPECT_DOUBLE_EQ(change.value, 0.1);
  EXPECT_NEAR(change.low, 0.1, 1e-9);
  EXPECT_TRUE(change.clear());
  EXPECT_EQ(difference(listens, control, control).hit_rate_at_20.value, 0);
  EXPECT_FALSE(difference(listens, control, control).hit_rate_at_20.clear());
}

TEST(Bootstrap, many_listeners_are_gathered_in_blocks) {
  std::vector<ScoredListen> listens;
  std::vector<Verdict> verdicts;
  for (std::uint32_t i = 0; i < 3 * kBlocksMax; ++i) {
    listens.push_back(listen(i, kAnyListen));
    verdicts.push_back(i % 4 == 0 ? Verdict{1, true} : Verdict{});
  }

  const Estimate hits = estimate(listens, verdicts).hit_rate_at_20;

  EXPECT_DOUBLE_EQ(hits.value, 0.25);
  EXPECT_NEAR(hits.high - hits.low, 2 * 1.96 * std::sqrt(0.1875 / 30'000), 0.003);
}

}  // namespace
}  // namespace segue
