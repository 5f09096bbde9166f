#pragma once

#include <span>
#include <vector>

#include "core/candidates.h"
#include "core/query.h"
#include "core/ranked.h"
#include "core/ranker.h"
#include "core/tuning.h"

namespace segue {

// A candidate in the list that is published.
struct Placed {
  std::size_t candidate = 0;
  float propensity = 1;  // how likely it was to be put there, given what stands above it; 0 to 1
};

// One ranking of all that the sources propose, and the memory of those before it. Owned by whoever
// calls `step` again and again. One a thread.
class Ranking {
 public:
  explicit Ranking(const Tuning& tuning = {})
      : memory_(static_cast<std::size_t>(tuning.rankings_kept_max)) {}

  // Proposes, describes and scores.
  void run(Query& query, const Ranker& ranker, const Tuning& tuning);

  // Learns from what was listened to or skipped: the ranker, and the listener's own weights.
  // Requires: a ranking of this listener, run or recalled.
  void learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, Lesson lesson,
             const Tuning& tuning);

  // Puts the ranking aside, with the list that was made of it; it is no longer there.
  void keep(std::uint64_t listener, std::uint64_t stamp, std::vector<ItemId> list);
  // Brings it back, but for what only `run` knows: candidates and reasons. False: it is forgotten.
  bool recall(std::uint64_t listener, std::uint64_t stamp);

  // Drops what is remembered of a listener's rankings and searches.
  void forget(std::uint64_t listener) { memory_.forget(listener); }

  // Requires for these: `run`.
  const Candidates& candidates() const { return candidates_; }
  // Whether the listener's own weights took part.
  bool personal() const { return personal_; }

  std::size_t size() const { return ranked_.ids.size(); }
  const Features& features() const { return ranked_.features; }
  const Eigen::VectorXf& scores() const { return ranked_.scores; }
  // The linear stage's part of them.
  const Eigen::VectorXf& linear() const { return ranked_.linear; }
  // The list that was made of a recalled ranking.
  const std::vector<ItemId>& list() const { return ranked_.list; }
  // Position of an item among the candidates or -1.
  std::ptrdiff_t find(ItemId item) const;
  // A candidate's place, 1 = first, ties broken by track id. Requires: a position.
  std::int32_t place(std::ptrdiff_t candidate) const;
  // The best k positions, best first.
  std::vector<std::size_t> best(std::size_t k) const;
  // Raw score of a candidate by a source, relative to the ranking's largest: 0 to 1.
  float relative(std::size_t candidate, std::size_t source) const;

 private:
  void propose(Query& query, const Tuning& tuning);
  void look_around(Query& query, const Tuning& tuning);
  void describe(const Query& query, const Tuning& tuning);
  void describe_proposals(const Listener& listener);
  void make_room();
  void choose(const LinearStage& ranker, std::size_t max);
  void put_firsts_first();
  bool before(std::size_t a, std::size_t b) const;

  Candidates candidates_;
  Ranked ranked_;
  RankedMemory memory_;
  bool personal_ = false;                // the listener's own weights took part
  std::vector<TrackIndex::Near> found_;  // scratch of the search
  Network::Pass pass_;                   // scratch of the network
};

}  // namespace segue
