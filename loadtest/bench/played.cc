#include "loadtest/bench/played.h"

#include "core/check.h"
#include "producers/replay/files/listening.h"

namespace segue {

std::vector<Record> simulated_records(std::size_t events) {
  const auto listening = simulate({.seed = 1});
  std::vector<Record> made;
  made.reserve(events);
  while (made.size() < events) {
    const auto draft = listening->next();
    SEGUE_CHECK(draft.has_value());
    EncodedEvent encoded = encode(*draft, "/segue/bench");
    made.push_back({.partition = 0,
                    .offset = static_cast<std::int64_t>(made.size()),
                    .timestamp = draft->time,
                    .key = std::move(encoded.key),
                    .value = std::move(encoded.value),
                    .headers = std::move(encoded.headers)});
  }
  return made;
}

Effects Played::play(const Record& record) {
  const Result<Event> event = decoder.decode(record);
  SEGUE_CHECK(event.has_value());
  OwnModels own{models};
  Effects effects = step_held(listeners[event->user_id], ranker, *event, own, tuning, memory);
  learn_all(effects.signals);
  return effects;
}

void Played::learn_all(const std::vector<ItemSignal>& signals) {
  for (const ItemSignal& signal : signals) {
    for (const ItemId id : items_of(signal)) {
      Item& item = items[id.value];
      learn(item, signal, tuning);
      if (is_gone(item)) {
        models.remove(id);
        items.erase(id.value);
      } else {
        models.put(model_of(item));
      }
    }
  }
}

const std::vector<Record>& records() {
  static const std::vector<Record> made = simulated_records(kPlayedEvents + kTimedEvents);
  return made;
}

const Played& played() {
  static const Played made = [] {
    Played world;
    for (std::size_t i = 0; i < kPlayedEvents; ++i) world.play(records()[i]);
    return world;
  }();
  return made;
}

const Timed& timed() {
  static const Timed made = [] {
    Timed decoded;
    EventDecoder decoder;
    for (std::size_t i = kPlayedEvents; i < records().size(); ++i) {
      const Result<Event> event = decoder.decode(records()[i]);
      SEGUE_CHECK(event.has_value());
      decoded.events.push_back(*event);
    }
    auto listeners = played().listeners;
    Ranker ranker = played().ranker;
    RankingMemory memory;
    for (const Event& event : decoded.events) {
      decoded.effects.push_back(
          step(listeners[event.user_id], ranker, event, played().models, played().tuning, memory));
    }
    return decoded;
  }();
  return made;
}

}  // namespace segue
