#pragma once

#include <span>
#include <vector>

#include "core/ranking/candidates.h"
#include "core/ranking/learned/network.h"
#include "core/ranking/learned/ranker.h"
#include "core/ranking/nearby.h"
#include "core/ranking/query.h"
#include "core/tuning.h"

namespace segue {

// A candidate in the list that is published.
struct Placed {
  std::size_t candidate = 0;
  float propensity = 1;  // how likely it was to be put there, given what stands above it; 0 to 1
};

// One ranking of all that the sources propose: the listener's list, or what the ranker learns from.
// Keeps its buffers for the next. One thread.
class Ranking {
 public:
  // Proposes, describes and scores; `searches` are asked and kept up where vectors are.
  void run(Query& query, const Ranker& ranker, const Tuning& tuning, NearbyMemory& searches);

  // Learns from what was listened to or skipped: the ranker, and the listener's own weights.
  // Requires: `run` for this listener.
  void learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, Lesson lesson,
             const Tuning& tuning);

  // Requires for these: `run`.
  const Candidates& candidates() const { return candidates_; }
  // Whether the listener's own weights took part.
  bool personal() const { return personal_; }

  std::size_t size() const { return ids_.size(); }
  const Features& features() const { return features_; }
  const Eigen::VectorXf& scores() const { return scores_; }
  // The linear stage's part of them.
  const Eigen::VectorXf& linear() const { return linear_; }
  // Position of an item among the candidates or -1.
  std::ptrdiff_t find(ItemId item) const;
  // A candidate's place, 1 = first, ties broken by track id. Requires: a position.
  std::int32_t place(std::ptrdiff_t candidate) const;
  // The best k positions, best first.
  std::vector<std::size_t> best(std::size_t k) const;
  // Raw score of a candidate by a source, relative to the ranking's largest: 0 to 1.
  float relative(std::size_t candidate, std::size_t source) const;

 private:
  void propose(Query& query, const Tuning& tuning, NearbyMemory& searches);
  void look_around(Query& query, const Tuning& tuning, NearbyMemory& searches);
  void describe(const Query& query, const Tuning& tuning);
  void describe_proposals(const Listener& listener);
  void make_room();
  void choose(const LinearStage& ranker, std::size_t max);
  void put_firsts_first();
  bool before(std::size_t a, std::size_t b) const;

  Candidates candidates_;
  std::vector<ItemId> ids_;  // by candidate
  Features features_;        // by candidate; may have more rows than there are candidates
  Eigen::VectorXf situation_;
  Eigen::VectorXf linear_;               // by candidate: the linear stage's score
  Eigen::VectorXf scores_;               // by candidate: what the list is sorted by
  bool personal_ = false;                // the listener's own weights took part
  std::vector<TrackIndex::Near> found_;  // scratch of the search
  Network::Pass pass_;                   // scratch of the network
};

}  // namespace segue
