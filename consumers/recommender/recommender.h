#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "consumers/recommender/distinct_counts.h"
#include "consumers/recommender/held_lessons.h"
#include "consumers/worker/outbox.h"
#include "consumers/worker/state_cache.h"
#include "core/event/event.h"
#include "core/experiment.h"
#include "core/listener/erasure.h"
#include "core/models/item_models.h"
#include "core/ranking/learned/rankers.h"
#include "core/ranking/ranking.h"
#include "core/step.h"

namespace segue {

// The item models of a process: written by one replica thread, read by every worker's steps.
class HeldModels {
 public:
  explicit HeldModels(const Tuning& tuning) : models_(tuning) {}

  template <class Read>
  auto read(Read read) {
    { const std::lock_guard turn(turnstile_); }
    const std::shared_lock reading(mutex_);
    return read(std::as_const(models_));
  }
  template <class Write>
  void write(Write write) {
    // Readers queue up behind a waiting writer: left to itself the lock would let them starve it.
    const std::lock_guard turn(turnstile_);
    const std::unique_lock writing(mutex_);
    write(models_);
  }
  // Models, catalogue entries and lessons that could not be read, or that bear another name than
  // the catalogue's, since the start.
  void refuse() { ++refused_; }
  std::uint64_t refused() const { return refused_; }

 private:
  std::mutex turnstile_;
  std::shared_mutex mutex_;
  ItemModels models_;  // guarded by mutex_
  std::atomic<std::uint64_t> refused_ = 0;
};

// The recommender's part of the worker loop: events in; recommendations and item signals out;
// listeners and the partition's rankers as state. One a thread.
class Recommender {
 public:
  using Input = Event;
  using State = Listener;
  using Shared = Rankers;

  // `tuning` is everybody's but for those whom `experiment` gives its own. `source` names the input
  // topic and its incarnation for the trainers; `signal_partitions` is the partition count of
  // segue.item-signals.v1.
  Recommender(HeldModels& models, HeldLessons& lessons, DistinctCounts& distinct,
              const Tuning& tuning, Experiment experiment, std::string source,
              std::int32_t signal_partitions);

  Result<Event> decode(const Record& record) { return decoder_.decode(record); }
  void keys(const Event& event, std::vector<std::string>& keys) const;
  Listener fresh_state() const { return {}; }
  Result<Listener> decode_state(std::string_view blob) const { return decode_listener(blob); }
  Result<Rankers> decode_shared(std::string_view blob) const;
  bool fades(const Listener& listener) const { return segue::fades(listener); }

  void step(const Event& event, const Record& record, States<Listener>& listeners, Rankers& rankers,
            Outbox& outbox);
  void refused(io::BatchReport& report) const;
  void close(States<Listener>& listeners, Rankers& rankers, Outbox& outbox, std::int64_t first,
             std::int64_t next);

  // Fills in the gauges of the process.
  void tell(io::BatchReport& report) const;

 private:
  void note_score(const Score& score, const Assignment& assigned, Outbox& outbox);
  void erase(const Event& event, Outbox& outbox);
  void route(ItemSignal signal);
  void publish(Recommendation recommendation, Variant variant, const Record& cause, Outbox& outbox);
  void publish(GenerationJob job, const Record& cause, Outbox& outbox) const;
  void publish(PublishedDecision decision, const Record& cause, Outbox& outbox) const;
  void tell_lessons(Rankers& rankers, Outbox& outbox) const;
  void tell_lessons(Ranker& ranker, const std::string& experiment, Outbox& outbox) const;

  HeldModels& models_;
  HeldLessons& lessons_;
  DistinctCounts& distinct_;
  const Tuning tuning_;
  const Experiment experiment_;
  const std::string source_;
  EventDecoder decoder_;
  RankingMemory memory_;
  // The effects of the batch being stepped; handed over by `close`.
  std::vector<std::vector<ItemSignal>> signals_;  // by target partition
  // Store key -> the latest of the batch; none: it goes.
  std::map<std::string, std::optional<std::string>> snapshots_;
};

}  // namespace segue
