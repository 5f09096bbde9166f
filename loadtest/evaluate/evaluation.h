#pragma once

#include <string>
#include <vector>

#include "loadtest/evaluate/baselines/lane.h"
#include "loadtest/evaluate/run/prequential.h"

namespace segue {

// The findings of one pass over a stream.
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

// One pass of the prequential protocol over the mix. Listens with an earlier listen in their
// session are predicted; they count from event number `counted_from` on, and some before that are
// kept for learning curves. The baselines are played the same listens afterwards, so that they are
// not in the mix's times. Exposure of the mix is of the lists published after listens that count,
// of a baseline of those ranked before them.
class Evaluation {
 public:
  struct Plan {
    Tuning tuning;
    std::uint64_t counted_from = 0;
    std::uint64_t sampled_every = 0;  // before it, of so many events one is kept; 0: none
    std::uint64_t models_every = 1;
    std::int32_t partitions = 1;
  };
  explicit Evaluation(const Plan& plan);

  // Throws std::runtime_error if an event of the stream is refused.
  void play(const EventDraft& draft);
  // After the stream: a session of a new listener, whose last track counts. Neither items nor
  // ranker learn from it, and no other question does. Requires: at least two tracks.
  void ask(const std::vector<std::string>& tracks);
  void enrich(const CatalogEntry& entry) { mix_.enrich(entry); }
  // The listens so far.
  const History& history() const { return history_; }
  // The findings so far, with a single lane; the evaluation is over.
  Evaluated finish();

 private:
  void remember(const Prequential::Played& played, std::uint64_t number, Use use, bool kept,
                bool counts);
  void show(const Recommendation& published, const Event& event);

  Plan plan_;
  Prequential mix_;
  History history_;
  Micros latest_ = 0;
  std::uint64_t asked_ = 0;
  std::vector<baseline::Track> list_;
  Evaluated result_;
};

}  // namespace segue
