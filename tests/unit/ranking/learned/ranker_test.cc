#include "core/ranking/learned/ranker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "core/ids.h"
#include "core/wire/blob.h"

namespace segue {
namespace {

Eigen::Index columns() { return static_cast<Eigen::Index>(column_layout().names.size()); }

Features random_features(Eigen::Index rows, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> any(-1, 1);
  Features features(rows, columns());
  for (Eigen::Index i = 0; i < features.size(); ++i) features.data()[i] = any(random);
  return features;
}

double log_likelihood(const Features& features, const Eigen::VectorXd& weights,
                      Eigen::Index target) {
  const Eigen::VectorXd scores = features.cast<double>() * weights;
  return scores[target] - std::log(scores.array().exp().sum());
}

TEST(Ranker, starts_from_the_priors_of_the_sources) {
  const Ranker ranker;

  EXPECT_EQ(ranker.linear().weights().size(), columns());
  EXPECT_GT(ranker.linear().weights().sum(), 0);
  EXPECT_EQ(ranker.learned(), 0U);
}

// The first AdaGrad step from nothing moves each weight by rate * sign(gradient), nearly; so the
// gradient itself is read from two steps: g^2 from the stored squares, its sign from the move.
TEST(Ranker, climbs_the_gradient_of_the_likelihood) {
  const Features features = random_features(12, 3);
  const Ranker before;
  Ranker after = before;
  Eigen::VectorXf scores;
  before.linear().score(features, 12, nullptr, scores);

  after.linear().learn(features, scores, 5, {}, nullptr, Tuning{});

  const std::string blob = encode(after);
  const Eigen::VectorXd weights = before.linear().weights().cast<double>();
  std::size_t at = 1 + 1 + 1;  // version, learned, count: one byte each
  for (Eigen::Index c = 0; c < columns(); ++c, at += 12) {
    BlobReader stored(std::string_view(blob).substr(at, 12));
    stored.u32();
    stored.f32(-1e9F, 1e9F);
    const double square = stored.f32(-1e9F, 1e9F);
    constexpr double kStep = 1e-5;
    Eigen::VectorXd up = weights;
    Eigen::VectorXd down = weights;
    up[c] += kStep;
    down[c] -= kStep;
    const double expected =
        (log_likelihood(features, up, 5) - log_likelihood(features, down, 5)) / (2 * kStep);
    const double moved = after.linear().weights()[c] - before.linear().weights()[c];
    EXPECT_NEAR(std::copysign(std::sqrt(square), moved), expected, 2e-4)
        << column_layout().names[static_cast<std::size_t>(c)];
  }
}

// The one of 20 candidates with the largest value in one column is listened to; the ranker does not
// know which column. Guessing would be right once in 20.
TEST(Ranker, learns_what_is_listened_to) {
  constexpr std::uint32_t kRounds = 4'000;
  Tuning tuning;
  tuning.ranker_rate = 0.1;
  Ranker ranker;
  Eigen::VectorXf scores;
  int right = 0;
  for (std::uint32_t i = 0; i < kRounds; ++i) {
    const Features features = random_features(20, 1'000 + i);
    Eigen::Index target = 0;
    features.col(4).maxCoeff(&target);
    ranker.linear().score(features, 20, nullptr, scores);
    Eigen::Index best = 0;
    scores.maxCoeff(&best);
    if (i >= kRounds / 2) right += best == target ? 1 : 0;
    ranker.linear().learn(features, scores, target, {}, nullptr, tuning);
  }

  EXPECT_GT(right, kRounds / 2 * 0.6);
  EXPECT_EQ(ranker.learned(), kRounds);
}

TEST(Ranker, a_skip_pushes_down) {
  const Features features = random_features(10, 9);
  Ranker ranker;
  Eigen::VectorXf before;
  Eigen::VectorXf after;
  ranker.linear().score(features, 10, nullptr, before);

  ranker.linear().learn(features, before, 3, {.reward = -0.25F}, nullptr, Tuning{});
  ranker.linear().score(features, 10, nullptr, after);

  EXPECT_LT(after[3] - after.mean(), before[3] - before.mean());
}

TEST(Ranker, a_rate_of_nothing_learns_nothing) {
  const Features features = random_features(10, 9);
  Tuning tuning;
  tuning.ranker_rate = 0;
  Ranker ranker;
  Eigen::VectorXf scores;
  ranker.linear().score(features, 10, nullptr, scores);

  ranker.linear().learn(features, scores, 3, {}, nullptr, tuning);

  EXPECT_EQ(ranker.linear().weights(), Ranker{}.linear().weights());
}

TEST(Ranker, scores_far_apart_do_no_harm) {
  Features features = random_features(4, 1) * 10'000;
  Ranker ranker;
  Eigen::VectorXf scores;
  for (int i = 0; i < 100; ++i) {
    ranker.linear().score(features, 4, nullptr, scores);
    ranker.linear().learn(features, scores, i % 4, {}, nullptr, Tuning{});
  }

  EXPECT_TRUE(ranker.linear().weights().allFinite());
  EXPECT_TRUE(decode_ranker(encode(ranker)));
}

TEST(Ranker, one_candidate_alone_teaches_nothing) {
  const Features features = random_features(1, 9);
  Ranker ranker;
  Eigen::VectorXf scores;
  ranker.linear().score(features, 1, nullptr, scores);

  ranker.linear().learn(features, scores, 0, {}, nullptr, Tuning{});

  EXPECT_EQ(ranker.linear().weights(), Ranker{}.linear().weights());
}

// A build with other columns: what it knows keeps its weight, what it does not starts afresh.
TEST(Ranker, known_columns_survive_a_change_of_layout) {
  const auto& names = column_layout().names;
  std::string blob;
  BlobWriter out(blob);
  out.u8(1);
  out.varint(99);
  out.varint(3);
  for (const std::string& name : {names[4], std::string("gone.column"), names[1]}) {
    out.u32(static_cast<std::uint32_t>(track_id(name).value));
    out.f32(name == names[4] ? 4.5F : -7);
    out.f32(2);
  }

  const Result<Ranker> ranker = decode_ranker(blob);

  ASSERT_TRUE(ranker) << ranker.error().detail;
  EXPECT_EQ(ranker->learned(), 99U);
  EXPECT_EQ(ranker->linear().weights()[4], 4.5F);
  EXPECT_EQ(ranker->linear().weights()[1], -7);
  EXPECT_EQ(ranker->linear().weights()[0], Ranker{}.linear().weights()[0]);
  EXPECT_EQ(ranker->linear().weights()[7], Ranker{}.linear().weights()[7]);
}

TEST(Ranker, squares_below_zero_do_no_harm) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(1);
  out.varint(1);
  out.varint(1);
  out.u32(static_cast<std::uint32_t>(track_id(column_layout().names[0]).value));
  out.f32(1);
  out.f32(-100);
  Result<Ranker> ranker = decode_ranker(blob);
  ASSERT_TRUE(ranker);
  const Features features = random_features(10, 9);
  Eigen::VectorXf scores;
  ranker->linear().score(features, 10, nullptr, scores);

  ranker->linear().learn(features, scores, 3, {}, nullptr, Tuning{});

  EXPECT_TRUE(ranker->linear().weights().allFinite());
}

TEST(Ranker, columns_are_known_by_their_hash) {
  std::set<std::uint32_t> hashes;
  for (const std::string& name : column_layout().names) {
    hashes.insert(static_cast<std::uint32_t>(track_id(name).value));
  }

  EXPECT_EQ(hashes.size(), column_layout().names.size());
}

}  // namespace
}  // namespace segue
