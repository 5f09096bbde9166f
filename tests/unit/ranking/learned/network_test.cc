#include "core/ranking/learned/network.h"

#include <gtest/gtest.h>

namespace segue {
namespace {

constexpr Eigen::Index kColumns = 7;
constexpr Eigen::Index kSituation = 3;

Features random_rows(Eigen::Index rows, unsigned seed) {
  std::srand(seed);
  return Features::Random(rows, kColumns);
}

Network random_network(unsigned seed) {
  Network network(kColumns, kSituation);
  std::srand(seed);
  network.parameters() = 0.5F * Eigen::VectorXf::Random(network.parameters().size());
  return network;
}

Eigen::VectorXf outputs(const Network& network, const Features& x, const Eigen::VectorXf& s) {
  Network::Pass pass;
  Eigen::VectorXf out = Eigen::VectorXf::Zero(x.rows());
  network.add_scores(x, x.rows(), s, pass, out);
  return out;
}

// -log of the target's softmax share, as the ranker's loss is.
double loss(const Network& network, const Features& x, const Eigen::VectorXf& s,
            Eigen::Index target) {
  const Eigen::VectorXd scores = outputs(network, x, s).cast<double>();
  return std::log((scores.array() - scores.maxCoeff()).exp().sum()) + scores.maxCoeff() -
         scores[target];
}

Eigen::VectorXf d_loss(const Eigen::VectorXf& scores, Eigen::Index target) {
  Eigen::VectorXf share = (scores.array() - scores.maxCoeff()).exp();
  share /= share.sum();
  share[target] -= 1;
  return share;
}

TEST(Network, begins_by_saying_nothing) {
  const Network network(kColumns, kSituation);

  EXPECT_TRUE(outputs(network, random_rows(5, 1), Eigen::VectorXf::Ones(kSituation)).isZero(0));
}

TEST(Network, its_gradient_is_that_of_the_loss) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    const Features x = random_rows(9, seed);
    const Eigen::VectorXf s = Eigen::VectorXf::Random(kSituation);
    Network network = random_network(seed + 100);

    const Eigen::VectorXf gradient = network.gradient(x, s, d_loss(outputs(network, x, s), 4));

    constexpr float kStep = 5e-3F;
    for (Eigen::Index i = 0; i < gradient.size(); ++i) {
      Network up = network;
      Network down = network;
      up.parameters()[i] += kStep;
      down.parameters()[i] -= kStep;
      const double expected = (loss(up, x, s, 4) - loss(down, x, s, 4)) / (2.0 * kStep);
      EXPECT_NEAR(gradient[i], expected, 2e-3) << "parameter " << i;
    }
  }
}

// The target is where two columns have the same sign: no linear mix can say that.
TEST(Network, learns_what_no_linear_mix_can_say) {
  Network network(kColumns, kSituation);
  const Eigen::VectorXf s = Eigen::VectorXf::Zero(kSituation);
  int right = 0;
  constexpr int kRounds = 4'000;
  for (int round = 0; round < kRounds; ++round) {
    Features x = random_rows(6, static_cast<unsigned>(round));
    const Eigen::Index target = round % 6;
    for (Eigen::Index row = 0; row < 6; ++row) {
      x(row, 1) = std::copysign(x(row, 1), (row == target ? 1.0F : -1.0F) * x(row, 0));
    }
    const Eigen::VectorXf scores = outputs(network, x, s);
    Eigen::Index best = 0;
    scores.maxCoeff(&best);
    if (round >= kRounds / 2 && best == target) ++right;
    network.learn(x, s, d_loss(scores, target));
  }

  EXPECT_GT(right, kRounds / 2 * 0.7);
}

TEST(Network, what_is_no_number_teaches_nothing) {
  Network network = random_network(3);
  const Eigen::VectorXf before = network.parameters();
  Features x = random_rows(4, 3);
  x(2, 2) = std::numeric_limits<float>::quiet_NaN();

  network.learn(x, Eigen::VectorXf::Ones(kSituation), Eigen::VectorXf::Ones(4));

  EXPECT_EQ(network.parameters(), before);
  EXPECT_EQ(network.learned(), 0U);
}

}  // namespace
}  // namespace segue
