#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/effects.h"
#include "core/item/learn.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/learned/ranker.h"
#include "core/ranking/ranking_memory.h"
#include "core/step.h"
#include "core/tuning.h"

namespace segue {

// `events` records of the simulator, as they lie in the log: one partition, offsets from 0.
std::vector<Record> simulated_records(std::size_t events);

// One partition's state, played with the production's own functions: listeners that have a history,
// items that have neighbours, a ranker that has learned. Item models are always up to date. One
// thread.
struct Played {
  Tuning tuning;
  Ranker ranker;
  RankingMemory memory;
  ItemModels models{tuning};
  EventDecoder decoder;
  std::unordered_map<std::string, Listener> listeners;
  std::unordered_map<std::uint64_t, Item> items;

  // Decodes, steps and learns. The record must be an event.
  Effects play(const Record& record);
  void learn_all(const std::vector<ItemSignal>& signals);
};

// So much happened before anything is timed.
inline constexpr std::size_t kPlayedEvents = 30'000;
// The timed code walks over these, which come after.
inline constexpr std::size_t kTimedEvents = 10'000;

// The records of both, made once; the first kPlayedEvents are those played.
const std::vector<Record>& records();
// After the first kPlayedEvents; made once, to be copied before changes.
const Played& played();
// The timed records, decoded; and what `step` said to them, in order.
struct Timed {
  std::vector<Event> events;
  std::vector<Effects> effects;
};
const Timed& timed();

}  // namespace segue
