#pragma once

#include <string>
#include <vector>

#include "loadtest/evaluate/baselines/lane.h"
#include "loadtest/evaluate/prequential.h"

namespace segue {

// What one pass over a stream found.
struct Evaluated {
  std::vector<ScoredListen> listens;
  std::vector<Lane> lanes;  // the mix first, then the baselines
  std::uint64_t events = 0;
  std::uint64_t listeners = 0;
  std::uint64_t items = 0;  // tracks and artists
  std::uint32_t tracks = 0;
  Costs costs;

  const Lane& mix() const { return lanes.front(); }
  Quality quality(const Lane& lane, Group group = kAnyListen) const {
    return quality_of(listens, lane.verdicts, group);
  }
};

// One pass of the prequential protocol over the mix. Scored are listens with an earlier listen in
// their session, from event number `scored_from` on. The baselines are played the same listens
// afterwards, so that they are not in the mix's times. Exposure of the mix is of the lists
// published after scored listens, of a baseline of those ranked before them.
class Evaluation {
 public:
  struct Plan {
    Tuning tuning;
    std::uint64_t scored_from = 0;
    std::uint64_t models_every = 1;
    std::int32_t partitions = 1;
  };
  explicit Evaluation(const Plan& plan);

  // Throws std::runtime_error if an event of the stream is refused.
  void play(const EventDraft& draft);
  void enrich(const CatalogEntry& entry) { mix_.enrich(entry); }
  // What was listened to so far.
  const History& history() const { return history_; }
  // What was found so far, with a single lane; the evaluation is over.
  Evaluated finish();

 private:
  void show(const Recommendation& published, const Event& event);

  Plan plan_;
  Prequential mix_;
  History history_;
  std::vector<baseline::Track> list_;
  Evaluated result_;
};

}  // namespace segue
