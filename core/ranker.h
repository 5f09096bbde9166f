#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/columns.h"
#include "core/network.h"
#include "core/result.h"
#include "core/tuning.h"

namespace segue {

// A linear softmax over an event's candidates, learned online by AdaGrad (Duchi et al., 2011).
class LinearStage {
 public:
  // Starts from prior weights: what the sources say in source.h.
  LinearStage();

  // scores = features * (weights + the listener's own, if any), one a row.
  void score(const Features& features, Eigen::Index rows, const std::vector<float>* own,
             Eigen::VectorXf& scores) const;

  // One gradient step on the log-likelihood of row `target` under softmax(scores), times `reward`:
  // 1 for what was listened to, negative for what was skipped. `scores` are of these rows. The
  // listener's own weights learn faster and fade.
  void learn(const Features& features, const Eigen::VectorXf& scores, Eigen::Index target,
             float reward, std::vector<float>* own, const Tuning& tuning);

  const Eigen::VectorXf& weights() const { return weights_; }

 private:
  friend class Ranker;
  friend std::string encode(const class Ranker&);
  friend Result<class Ranker> decode_ranker(std::string_view);

  Eigen::VectorXf weights_;
  Eigen::VectorXf squares_;  // fading sums of squared gradients
  std::uint64_t learned_ = 0;
};

// What decides the order: the linear stage over all candidates, the network over its best. One a
// listener partition, written by that partition's recommender only. One thread.
class Ranker {
 public:
  Ranker();

  LinearStage& linear() { return linear_; }
  const LinearStage& linear() const { return linear_; }
  Network& network() { return network_; }
  const Network& network() const { return network_; }
  std::uint64_t learned() const { return linear_.learned_; }

 private:
  friend std::string encode(const Ranker&);
  friend Result<Ranker> decode_ranker(std::string_view);

  LinearStage linear_;
  Network network_;
};

// Weights are stored with a hash of their column's name: a build with other columns keeps those it
// knows and starts the rest from the prior. Format in schemas/blobs.md.
std::string encode(const Ranker& ranker);
Result<Ranker> decode_ranker(std::string_view blob);

}  // namespace segue
