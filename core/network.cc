#include "core/network.h"

#include <algorithm>
#include <cmath>

#include "core/vector.h"

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

}  // namespace

Network::Network(Eigen::Index columns, Eigen::Index situation)
    : columns_(columns), situation_(situation) {
  const Eigen::Index inputs = columns + situation;
  parameters_ = Eigen::VectorXf::Zero(kHidden * (inputs + 2));
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

Eigen::Map<Network::Layer> Network::first(Eigen::VectorXf& all) const {
  return {all.data(), kHidden, columns_ + situation_};
}

Eigen::Map<Eigen::Matrix<float, Network::kHidden, 1>> Network::bias(Eigen::VectorXf& all) const {
  return Eigen::Map<Eigen::Matrix<float, kHidden, 1>>(all.data() +
                                                      kHidden * (columns_ + situation_));
}

Eigen::Map<Eigen::Matrix<float, Network::kHidden, 1>> Network::second(Eigen::VectorXf& all) const {
  return Eigen::Map<Eigen::Matrix<float, kHidden, 1>>(all.data() +
                                                      kHidden * (columns_ + situation_ + 1));
}

void Network::activate(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s) {
  const auto w = first(parameters_);
  const Eigen::Matrix<float, kHidden, 1> shared =
      w.rightCols(situation_) * s + bias(parameters_);
  before_.resize(rows, kHidden);
  before_.noalias() = x.topRows(rows) * w.leftCols(columns_).transpose();
  before_.rowwise() += shared.transpose();
  before_ = before_.array().max(-kSaturated).min(kSaturated);
  const auto y = before_.array();
  hidden_ = y * (27 + y.square()) / (27 + 9 * y.square());
}

void Network::add_scores(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s,
                         Eigen::VectorXf& out) {
  activate(x, rows, s);
  out.head(rows).noalias() += hidden_ * second(parameters_);
}

const Eigen::VectorXf& Network::gradient(const Features& x, const Eigen::VectorXf& s,
                                         const Eigen::VectorXf& d_scores) {
  const Eigen::Index rows = d_scores.size();
  activate(x, rows, s);
  second(gradient_).noalias() = hidden_.transpose() * d_scores;
  const auto square = before_.array().square();
  d_before_ = (d_scores * second(parameters_).transpose()).array() * (9 - square).square() /
              (9 * (3 + square).square());
  auto d_first = first(gradient_);
  d_first.leftCols(columns_).noalias() = d_before_.transpose() * x.topRows(rows);
  const Eigen::Matrix<float, kHidden, 1> d_shared = d_before_.colwise().sum().transpose();
  d_first.rightCols(situation_).noalias() = d_shared * s.transpose();
  bias(gradient_) = d_shared;
  return gradient_;
}

void Network::learn(const Features& x, const Eigen::VectorXf& s, const Eigen::VectorXf& d_scores) {
  gradient(x, s, d_scores);
  if (!gradient_.allFinite()) return;  // one bad feature must not end all learning
  ++learned_;
  ++steps_;
  const auto n = static_cast<float>(learned_);
  const float rate = kRate * std::max(kRateLeast, 1 / (1 + n / kRateHalvedAfter));
  mean_ = kMeanKept * mean_ + (1 - kMeanKept) * gradient_;
  squares_ = kSquaresKept * squares_ + (1 - kSquaresKept) * gradient_.cwiseAbs2();
  const auto t = static_cast<float>(std::min<std::uint64_t>(steps_, 100'000));
  const float mean_share = 1 - std::pow(kMeanKept, t);
  const float squares_share = 1 - std::pow(kSquaresKept, t);
  parameters_.array() -= rate * (mean_.array() / mean_share /
                                     ((squares_ / squares_share).array().sqrt() + kEpsilon) +
                                 kDecay * parameters_.array());
}

}  // namespace segue
