#pragma once

#include "core/generation/decision.h"
#include "core/ranking/nearby.h"
#include "core/ranking/ranking.h"

namespace segue {

// The memory that a caller of `step` keeps from event to event: the latest vector searches of its
// listeners, how well requests were met, and the buffers of a ranking. Bounded as NearbyMemory
// says. Scores and lists depend on it; what trainers learn never does. One thread.
class RankingMemory {
 public:
  // A new ranking; it takes the place of the one before.
  Ranking& rank(Query& query, const Ranker& ranker, const Tuning& tuning) {
    latest_.run(query, ranker, tuning, searches_);
    return latest_;
  }
  // Drops what is remembered of a listener.
  void forget(ListenerId listener) {
    searches_.forget(listener);
    decisions_.trials.forget(listener);
  }
  // The knowledge that decisions to compose have of all listeners together.
  DecisionMemory& decisions() { return decisions_; }

 private:
  DecisionMemory decisions_;
  NearbyMemory searches_;
  Ranking latest_;
};

}  // namespace segue
