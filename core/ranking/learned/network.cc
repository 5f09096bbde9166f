#include "core/ranking/learned/network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/math/vector.h"

namespace segue {
namespace {

constexpr float kRate = 0.004F;
// The rate falls with experience to this share of it: tastes go on changing.
constexpr float kRateLeast = 0.15F;
constexpr float kRateHalvedAfter = 3'000;
constexpr float kMeanKept = 0.9F;
constexpr float kSquaresKept = 0.999F;
constexpr float kEpsilon = 1e-8F;
constexpr float kDecay = 1e-6F;
constexpr float kStart = 0.1F;
constexpr Eigen::Index kChunk = kDimensions;

// tanh by its continued fraction, exact to 0.025 and smooth: both ends meet +-1 with slope 0.
constexpr float kSaturated = 3;

// out = x W + b, four rows at a time: so few units that they stay in registers, where Eigen's
// general product would pack and block.
using UnitRow = Eigen::Array<float, 1, Network::kHidden>;
template <Eigen::Index kRows>
void through_some(const Features& x, Eigen::Index row, const Network::Hidden& weights,
                  const UnitRow& bias, Network::Hidden& out) {
  std::array<UnitRow, kRows> sums;
  sums.fill(bias);
  for (Eigen::Index column = 0; column < weights.rows(); ++column) {
    const UnitRow weight = weights.row(column);
    for (Eigen::Index i = 0; i < kRows; ++i) {
      sums[static_cast<std::size_t>(i)] += x(row + i, column) * weight;
    }
  }
  for (Eigen::Index i = 0; i < kRows; ++i) {
    out.row(row + i) = sums[static_cast<std::size_t>(i)];
  }
}

void through(const Features& x, Eigen::Index rows, const Network::Hidden& weights,
             const UnitRow& bias, Network::Hidden& out) {
  Eigen::Index row = 0;
  for (; row + 4 <= rows; row += 4) through_some<4>(x, row, weights, bias, out);
  for (; row < rows; ++row) through_some<1>(x, row, weights, bias, out);
}

}  // namespace

Network::Network(Eigen::Index columns, Eigen::Index situation)
    : columns_(columns), situation_(situation) {
  const Eigen::Index inputs = columns + situation;
  parameters_ = Eigen::VectorXf::Zero(parameters_for(columns, situation));
  for (Eigen::Index i = 0; i < kHidden * inputs; i += kChunk) {
    const Vector noise = start_of(static_cast<std::uint64_t>(i) + 1);
    const Eigen::Index n = std::min(kChunk, kHidden * inputs - i);
    parameters_.segment(i, n) =
        kStart * std::sqrt(static_cast<float>(kChunk)) * map(noise).normalized().head(n);
  }
  mean_ = Eigen::VectorXf::Zero(parameters_.size());
  squares_ = Eigen::VectorXf::Zero(parameters_.size());
  gradient_ = Eigen::VectorXf::Zero(parameters_.size());
}

Network::Parts<const float> Network::parts(const Eigen::VectorXf& all) const {
  return {{all.data(), kHidden, columns_ + situation_},
          Eigen::Map<const Units>(all.data() + kHidden * (columns_ + situation_)),
          Eigen::Map<const Units>(all.data() + kHidden * (columns_ + situation_ + 1))};
}

Network::Parts<float> Network::parts(Eigen::VectorXf& all) const {
  return {{all.data(), kHidden, columns_ + situation_},
          Eigen::Map<Units>(all.data() + kHidden * (columns_ + situation_)),
          Eigen::Map<Units>(all.data() + kHidden * (columns_ + situation_ + 1))};
}

void Network::activate(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s,
                       Pass& pass) const {
  const auto [first, bias, second] = parts(parameters_);
  const Units shared = first.rightCols(situation_) * s + bias;
  pass.before.resize(rows, kHidden);
  pass.weights = first.leftCols(columns_).transpose();
  through(x, rows, pass.weights, shared.transpose().array(), pass.before);
  pass.before = pass.before.array().max(-kSaturated).min(kSaturated);
  const auto y = pass.before.array();
  pass.after = y * (27 + y.square()) / (27 + 9 * y.square());
}

void Network::add_scores(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s, Pass& pass,
                         Eigen::VectorXf& out) const {
  activate(x, rows, s, pass);
  out.head(rows).noalias() += pass.after * parts(parameters_).second;
}

const Eigen::VectorXf& Network::gradient(const Features& x, const Eigen::VectorXf& s,
                                         const Eigen::VectorXf& d_scores) {
  const Eigen::Index rows = d_scores.size();
  activate(x, rows, s, pass_);
  auto [d_first, d_bias, d_second] = parts(gradient_);
  d_second.noalias() = pass_.after.transpose() * d_scores;
  const auto square = pass_.before.array().square();
  d_before_ = (d_scores * std::as_const(*this).parts(parameters_).second.transpose()).array() *
              (9 - square).square() / (9 * (3 + square).square());
  d_bias = d_before_.colwise().sum().transpose();
  d_first.leftCols(columns_).noalias() = d_before_.transpose() * x.topRows(rows);
  d_first.rightCols(situation_).noalias() = d_bias * s.transpose();
  return gradient_;
}

void Network::learn(const Features& x, const Eigen::VectorXf& s, const Eigen::VectorXf& d_scores,
                    float share) {
  gradient(x, s, d_scores);
  if (!gradient_.allFinite()) return;  // one bad feature must not end all learning
  ++learned_;
  ++steps_;
  const auto n = static_cast<float>(learned_);
  const float rate = kRate * std::max(kRateLeast, 1 / (1 + n / kRateHalvedAfter));
  // By the squares of whole lessons: Adam would make up for gradients that are always small.
  mean_ = kMeanKept * mean_ + (1 - kMeanKept) * share * gradient_;
  squares_ = kSquaresKept * squares_ + (1 - kSquaresKept) * gradient_.cwiseAbs2();
  const auto t = static_cast<float>(std::min<std::uint64_t>(steps_, 100'000));
  const float mean_share = 1 - std::pow(kMeanKept, t);
  const float squares_share = 1 - std::pow(kSquaresKept, t);
  parameters_.array() -=
      rate * (mean_.array() / mean_share / ((squares_ / squares_share).array().sqrt() + kEpsilon) +
              kDecay * parameters_.array());
}

}  // namespace segue
