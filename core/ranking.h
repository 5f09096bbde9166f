#pragma once

#include <array>
#include <vector>

#include "core/candidates.h"
#include "core/query.h"
#include "core/ranker.h"
#include "core/recommendation.h"
#include "core/tuning.h"

namespace segue {

// One ranking of all that the sources propose. Owned by whoever calls `step` again and again, so
// that its memory is kept; says nothing between two calls. One a thread.
class Ranking {
 public:
  // Proposes, describes and scores.
  void run(const Query& query, Ranker& ranker, const Tuning& tuning);

  // Learns from what was listened to (reward 1) or skipped (negative): the ranker, and the
  // listener's own weights. Requires: `run` with this listener came before.
  void learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, float reward,
             const Tuning& tuning);

  const Candidates& candidates() const { return candidates_; }
  const Features& features() const { return features_; }
  const Eigen::VectorXf& scores() const { return scores_; }
  // Position of a track among the candidates or -1.
  std::ptrdiff_t find(ItemModels::Slot slot) const { return candidates_.find(slot); }
  // A candidate's place, 1 = first, ties broken by track id. Requires: a position.
  std::int32_t place(std::ptrdiff_t candidate) const;
  // The best k positions, best first.
  std::vector<std::size_t> best(std::size_t k) const;
  // The k best with their reasons. The parts of an item's reasons sum to its score.
  std::vector<RecommendedTrack> explain(const Query& query, const Ranker& ranker,
                                        std::size_t k) const;
  // Raw score of a candidate by a source, relative to the ranking's largest: 0 to 1.
  float relative(std::size_t candidate, std::size_t source) const;

 private:
  void describe(const Query& query, const Tuning& tuning);
  void refine(Ranker& ranker, const Tuning& tuning);
  void gather();
  bool before(std::size_t a, std::size_t b) const;
  RecommendedTrack explain_one(const Query& query, const Ranker& ranker, std::size_t i) const;

  Candidates candidates_;
  Features features_;
  Eigen::VectorXf situation_;
  Eigen::VectorXf linear_;  // by candidate: the linear stage's score
  Eigen::VectorXf scores_;  // by candidate: what the list is sorted by
  std::vector<std::size_t> staged_;  // candidates that the network has seen, the linear best first
  Features staged_features_;
  Eigen::VectorXf refined_;  // by position in staged_
  std::array<float, Listener::kSourcesMax> largest_{};
};

}  // namespace segue
