#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/tuning.h"

namespace segue {

// One row a candidate, one column a feature.
using Features = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A linear softmax over an event's candidates, learned online by AdaGrad (Duchi et al., 2011): one
// a listener partition, written by that partition's recommender only.
class Ranker {
 public:
  // Starts from prior weights: what the sources say in source.h.
  Ranker();

  // scores = features * weights, one a row.
  void score(const Features& features, Eigen::Index rows, Eigen::VectorXf& scores) const;

  // One gradient step on the log-likelihood of row `target` under softmax(scores), times `reward`:
  // 1 for what was listened to, negative for what was skipped. `scores` are of these rows.
  void learn(const Features& features, const Eigen::VectorXf& scores, Eigen::Index target,
             float reward, const Tuning& tuning);

  const Eigen::VectorXf& weights() const { return weights_; }
  std::uint64_t learned() const { return learned_; }

 private:
  friend std::string encode(const Ranker&);
  friend Result<Ranker> decode_ranker(std::string_view);

  std::uint64_t learned_ = 0;
  Eigen::VectorXf weights_;
  Eigen::VectorXf squares_;  // fading sums of squared gradients
};

// The names of the columns, "<source>.<column>", in order; and the position in sources() of the
// source that each belongs to. One table for features, reasons and stored weights.
struct ColumnLayout {
  std::vector<std::string> names;
  std::vector<std::size_t> source;
  std::vector<Eigen::Index> first;  // by source: its first column
};
const ColumnLayout& column_layout();

// Weights are stored with a hash of their column's name: a build with other columns keeps those it
// knows and starts the rest from the prior. Format in schemas/blobs.md.
std::string encode(const Ranker& ranker);
Result<Ranker> decode_ranker(std::string_view blob);

}  // namespace segue
