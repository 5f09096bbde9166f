#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/item/learn.h"
#include "core/ranking/learned/shared_lessons.h"
#include "core/step.h"
#include "loadtest/evaluate/figures/costs.h"
#include "producers/replay/files/listening.h"

namespace segue {

// Production in one process: one recommender worker and one trainer in lock step, on production's
// own `step` and `learn`, item models as old as `models_every` says. Test, then train: each listen
// is predicted by the list that stood before it, then learned; so the same stream gives the same
// figures, but for the times. Grows with listeners and items. One thread.
class Prequential {
 public:
  // Changed item models reach the ranker every `models_every` events, in production about every
  // second; 1: at once. Listeners are spread over `partitions` as Kafka does, each with a ranker of
  // its own.
  Prequential(const Tuning& tuning, std::uint64_t models_every, std::int32_t partitions = 1);

  struct Played {
    Event event;
    Effects effects;
    bool listened = false;  // a play ended, for the first time
  };
  // Throws std::runtime_error if an event of the stream is refused.
  Played play(const EventDraft& draft);
  // Plays a session of an unknown listener, after the stream. Nothing of it is learned: items,
  // rankers, listeners and costs stay as they are; only within the session each listen moves the
  // listener and a copy of the ranker. Throws as `play`.
  std::vector<Played> rehearse(std::span<const EventDraft> session);
  void enrich(const CatalogEntry& entry) { models_.enrich(entry); }
  Costs costs() const;
  std::uint64_t events() const { return events_; }
  std::uint64_t listeners() const { return listeners_.size(); }
  std::uint64_t items() const { return items_.size(); }

 private:
  Event decode(const EventDraft& draft);
  std::int32_t partition_for(const std::string& user_id) const;
  void learn_signals(const std::vector<ItemSignal>& signals);
  void broadcast(std::uint64_t item);

  Tuning tuning_;
  std::uint64_t models_every_;
  std::uint64_t events_ = 0;
  std::uint64_t rehearsed_ = 0;         // events
  std::vector<std::uint64_t> changed_;  // items whose model is older than they are; some twice
  EventDecoder decoder_;
  std::vector<Ranker> rankers_;  // by partition
  SharedLessons lessons_;
  RankingMemory memory_;
  ItemModels models_;
  std::unordered_map<std::string, Listener> listeners_;
  std::unordered_map<std::uint64_t, Item> items_;
  Times event_us_;
  Times step_us_;
  Times learn_us_;
};

}  // namespace segue
