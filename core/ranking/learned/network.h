#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <type_traits>

#include "core/wire/blob.h"

namespace segue {

// One row a candidate, one column a feature.
using Features = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The second stage of the ranker: what a linear mix cannot say. Two layers,
// f(x, s) = w2 . tanh(W1 x + V s + b), where x describes a candidate and s the situation that all
// candidates share; f is added to the linear score. Learned online by Adam (Kingma and Ba, 2015) on
// the softmax over the candidates. Const members are thread-safe.
class Network {
 public:
  static constexpr Eigen::Index kHidden = 16;
  // Sized as Eigen sizes what it multiplies fast.
  using Hidden = Eigen::Matrix<float, Eigen::Dynamic, kHidden, Eigen::RowMajor>;

  static Eigen::Index parameters_for(Eigen::Index columns, Eigen::Index situation) {
    return kHidden * (columns + situation + 2);
  }
  // Begins with small weights of fixed noise and an output of 0 for everything.
  Network(Eigen::Index columns, Eigen::Index situation);

  // The results of one pass over rows; kept by the caller so that its memory is.
  struct Pass {
    Hidden weights;  // W1, a row a column of x
    Hidden before;   // what goes into tanh
    Hidden after;
  };

  // out[i] += f(row i of x, s). Requires: x has `columns` columns, s `situation` rows.
  void add_scores(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s, Pass& pass,
                  Eigen::VectorXf& out) const;

  // One step down the gradient of the loss of which d_scores is the derivative by each row's score.
  // `share` of it, 0 to 1.
  void learn(const Features& x, const Eigen::VectorXf& s, const Eigen::VectorXf& d_scores,
             float share = 1);

  // The derivative of that loss by every parameter, in the order of `parameters`. For tests, and
  // what `learn` uses.
  const Eigen::VectorXf& gradient(const Features& x, const Eigen::VectorXf& s,
                                  const Eigen::VectorXf& d_scores);
  // W1 and V side by side row by row, b, w2.
  Eigen::VectorXf& parameters() { return parameters_; }
  const Eigen::VectorXf& parameters() const { return parameters_; }
  std::uint64_t learned() const { return learned_; }
  void set_learned(std::uint64_t steps) { learned_ = steps; }

 private:
  using Layer = Eigen::Matrix<float, kHidden, Eigen::Dynamic, Eigen::RowMajor>;

  using Units = Eigen::Matrix<float, kHidden, 1>;

  // The parts of `parameters_`, and of all that is shaped like it.
  template <class Number>
  struct Parts {
    template <class T>
    using Seen = Eigen::Map<std::conditional_t<std::is_const_v<Number>, const T, T>>;
    Seen<Layer> first;  // W1 and V side by side
    Seen<Units> bias;
    Seen<Units> second;
  };
  Parts<float> parts(Eigen::VectorXf& all) const;
  Parts<const float> parts(const Eigen::VectorXf& all) const;
  void activate(const Features& x, Eigen::Index rows, const Eigen::VectorXf& s, Pass& pass) const;

  Eigen::Index columns_;
  Eigen::Index situation_;
  Eigen::VectorXf parameters_;
  Eigen::VectorXf mean_;  // Adam's moments; not stored, they are soon found again
  Eigen::VectorXf squares_;
  std::uint64_t learned_ = 0;  // steps ever
  std::uint64_t steps_ = 0;    // since the moments began
  Eigen::VectorXf gradient_;   // scratch, as the two below
  Pass pass_;
  Hidden d_before_;
};

}  // namespace segue
