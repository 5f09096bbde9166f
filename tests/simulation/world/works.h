#pragma once

#include <memory>
#include <string>

#include "consumers/recommender/recommender.h"
#include "consumers/trainer/trainer.h"
#include "tests/simulation/faults/guards.h"

// The programs' own work, as a process of a simulated world does it: the real one, but for what
// the guard that is off would have kept it from.
namespace segue::simulation {

// Stepping an event of this track kills the process, as a bug in the step would.
inline constexpr const char* kPoison = "poison";

// A partition's rankers in memory, of which nothing but their being there is stored: weights are
// many, and no promise of the protocol.
class UnstoredRankers {
 public:
  Rankers& get();

 private:
  std::unique_ptr<Rankers> rankers_;  // none until the first step
};
inline std::string encode(const UnstoredRankers&) { return "rankers"; }

class SimulatedRecommender : public Recommender {
 public:
  using Shared = UnstoredRankers;

  template <class... Arguments>
  explicit SimulatedRecommender(Guard off, Arguments&&... arguments)
      : Recommender(std::forward<Arguments>(arguments)...), off_(off) {}
  Result<Shared> decode_shared(std::string_view) const { return Shared{}; }
  void tell(io::BatchReport&) const {}  // its estimates cost more than a turn
  void step(const Event& event, const Record& record, States<Listener>& listeners, Shared& rankers,
            Outbox& outbox);
  void close(States<Listener>& listeners, Shared& rankers, Outbox& outbox, std::int64_t first,
             std::int64_t next) {
    Recommender::close(listeners, rankers.get(), outbox, first, next);
  }

 private:
  Guard off_;
};

class SimulatedTrainer : public Trainer {
 public:
  template <class... Arguments>
  explicit SimulatedTrainer(Guard off, Arguments&&... arguments)
      : Trainer(std::forward<Arguments>(arguments)...), off_(off) {}
  void step(const SignalBatch& batch, const Record& record, States<Item>& items, Coverage& coverage,
            Outbox& outbox);

 private:
  Guard off_;
};

}  // namespace segue::simulation
