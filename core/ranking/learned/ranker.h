#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ranking/columns.h"
#include "core/ranking/learned/network.h"
#include "core/result.h"
#include "core/tuning.h"

namespace segue {

// An event's lesson.
struct Lesson {
  float reward = 1;  // 1 for what was listened to, negative for what was skipped
  float shared = 1;  // of it what the listener teaches for others as well, 0 to 1
};

// A linear softmax over an event's candidates, learned online by AdaGrad (Duchi et al., 2011).
class LinearStage {
 public:
  // Starts from prior weights: what the sources say in source.h.
  LinearStage();

  // scores = features * (weights + the listener's own, if any), one a row.
  void score(const Features& features, Eigen::Index rows, const std::vector<float>* own,
             Eigen::VectorXf& scores) const;

  // One gradient step on the log-likelihood of row `target` under softmax(scores). `scores` are of
  // these rows. The listener's own weights learn faster and fade.
  void learn(const Features& features, const Eigen::VectorXf& scores, Eigen::Index target,
             Lesson lesson, std::vector<float>* own, const Tuning& tuning);

  const Eigen::VectorXf& weights() const { return weights_; }

 private:
  friend class Ranker;

  Eigen::VectorXf weights_;
  Eigen::VectorXf squares_;  // fading sums of squared gradients, the others' included
  std::uint64_t learned_ = 0;
};

// A ranker's own lessons: how far it moved each weight from where all rankers begin, and
// how sure it is. Those of several rankers add up to one that has seen all their events.
struct Lessons {
  std::uint64_t learned = 0;          // events
  Eigen::VectorXf weights;            // moves of the linear stage's weights, by column
  Eigen::VectorXf squares;            // its fading sums of squared gradients
  std::uint64_t network_learned = 0;  // events; fewer where the network began afresh
  Eigen::VectorXf network;            // moves of its parameters

  Lessons();
  Lessons& operator+=(const Lessons& other);
};

// The ranker decides the order: the linear stage, and the network over what it has scored. One a
// listener partition, written by that partition's recommender only. One thread.
//
// Rankers of several partitions share what they learn: each tells its lessons, and adds those of
// the others to its own. Nothing is counted twice, however often or late they arrive: each has
// one writer, and the latest replaces the one before.
class Ranker {
 public:
  // Seldom enough to cost little, often enough that all see the same weights: what many learn at
  // once without knowing of each other is learned that many times.
  static constexpr std::uint64_t kSharedEvery = 32;

  Ranker();
  // One that has learned this itself.
  explicit Ranker(const Lessons& own);

  // Its own, without the others'.
  Lessons lessons() const;
  // From now on others have learned this, all together; `version` says which state of theirs it is.
  void learn_from(const Lessons& others, std::uint64_t version);
  std::uint64_t heard() const { return heard_; }  // that version; 0: of none
  // True once for every kSharedEvery events it has learned from itself: time to send its lessons.
  bool has_news();

  LinearStage& linear() { return linear_; }
  const LinearStage& linear() const { return linear_; }
  Network& network() { return network_; }
  const Network& network() const { return network_; }
  // Events it has learned from itself.
  std::uint64_t learned() const { return linear_.learned_; }

 private:
  friend Result<Ranker> decode_ranker(std::string_view);
  void begin_with(const Lessons& own);

  LinearStage linear_;
  Network network_;
  Lessons others_;
  std::uint64_t heard_ = 0;
  std::uint64_t shared_ = 0;  // `learned` when it last sent its lessons
};

// A ranker's own lessons; what it heard of others is not stored. Weights are stored with a hash of
// their column's name: a build with other columns keeps those it knows and starts the rest from the
// prior. Format in schemas/blobs.md.
std::string encode(const Ranker& ranker);
Result<Ranker> decode_ranker(std::string_view blob);
Result<Lessons> decode_lessons(std::string_view blob);

}  // namespace segue
