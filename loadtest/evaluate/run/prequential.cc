#include "loadtest/evaluate/run/prequential.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace segue {

Prequential::Prequential(const Tuning& tuning, std::uint64_t models_every, std::int32_t partitions)
    : tuning_(tuning),
      models_every_(models_every),
      rankers_(static_cast<std::size_t>(partitions)),
      lessons_({}, partitions),
      models_(tuning) {}

Event Prequential::decode(const EventDraft& draft) {
  EncodedEvent encoded = encode(draft, "/segue/evaluate");
  const Record record{.partition = 0,
                      .offset = static_cast<std::int64_t>(events_ + rehearsed_),
                      .timestamp = draft.time,
                      .key = std::move(encoded.key),
                      .value = std::move(encoded.value),
                      .headers = std::move(encoded.headers)};
  Result<Event> event = decoder_.decode(record);
  if (!event) throw std::runtime_error("event refused: " + event.error().detail);
  return *std::move(event);
}

std::int32_t Prequential::partition_for(const std::string& user_id) const {
  return partition_of(user_id, static_cast<std::int32_t>(rankers_.size()));
}

Prequential::Played Prequential::play(const EventDraft& draft) {
  Played played{.event = decode(draft), .effects = {}, .listened = false};
  Listener& listener = listeners_[played.event.user_id];
  const std::uint64_t listens = listener.listens;
  const std::int32_t partition = partition_for(played.event.user_id);
  Ranker& ranker = rankers_[static_cast<std::size_t>(partition)];
  // As between recommenders, but at once.
  if (ranker.heard() != lessons_.version()) {
    ranker.learn_from(lessons_.others(partition, Variant::control), lessons_.version());
  }

  const Event& event = played.event;
  OwnModels models{models_};
  const double start_us = cpu_micros();
  played.effects = step_held(listener, ranker, event, models, tuning_, memory_);
  const double stepped_us = cpu_micros();
  learn_signals(played.effects.signals);
  if (rankers_.size() > 1 && ranker.has_news()) lessons_.put({partition, {}}, ranker.lessons());
  const double learned_us = cpu_micros();

  step_us_.add(stepped_us - start_us);
  learn_us_.add(learned_us - stepped_us);
  event_us_.add(learned_us - start_us);
  played.listened = listener.listens > listens;
  ++events_;
  return played;
}

std::vector<Prequential::Played> Prequential::rehearse(std::span<const EventDraft> session) {
  std::vector<Played> all;
  Listener listener;
  std::optional<Ranker> ranker;
  for (const EventDraft& draft : session) {
    Played& played =
        all.emplace_back(Played{.event = decode(draft), .effects = {}, .listened = false});
    if (!ranker) ranker = rankers_[static_cast<std::size_t>(partition_for(played.event.user_id))];
    const std::uint64_t listens = listener.listens;
    played.effects = step(listener, *ranker, played.event, models_, tuning_, memory_);
    played.listened = listener.listens > listens;
    ++rehearsed_;
  }
  return all;
}

void Prequential::learn_signals(const std::vector<ItemSignal>& signals) {
  for (const ItemSignal& signal : signals) {
    for (const ItemId item : items_of(signal)) {
      learn(items_[item.value], signal, tuning_);
      changed_.push_back(item.value);
    }
  }
  if ((events_ + 1) % models_every_ == 0) {
    std::sort(changed_.begin(), changed_.end());
    changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
    for (const std::uint64_t item : changed_) broadcast(item);
    changed_.clear();
    // In production a thread of its own does it; here at once, so that a run can be repeated.
    if (auto rebuild = models_.index().begin_rebuild()) {
      rebuild->run();
      models_.index().swap(*rebuild);
    }
  }
}

void Prequential::broadcast(std::uint64_t item) {
  const auto known = items_.find(item);
  if (known == items_.end()) return;
  if (is_gone(known->second)) {
    models_.remove(ItemId{item});
    items_.erase(known);
  } else {
    models_.put(model_of(known->second));
  }
}

Costs Prequential::costs() const {
  Costs costs{.event_us_mean = event_us_.mean(),
              .event_us_p50 = event_us_.at(0.5),
              .event_us_p99 = event_us_.at(0.99),
              .step_us_mean = step_us_.mean(),
              .step_us_p50 = step_us_.at(0.5),
              .step_us_p99 = step_us_.at(0.99),
              .learn_us_mean = learn_us_.mean(),
              .listener_bytes_p50 = 0,
              .listener_bytes_max = 0,
              .item_bytes_mean = 0,
              .model_bytes_mean = 0};
  std::vector<float> bytes;
  bytes.reserve(listeners_.size());
  for (const auto& [id, listener] : listeners_) {
    bytes.push_back(static_cast<float>(encode(listener).size()));
  }
  costs.listener_bytes_p50 = percentile(bytes, 0.5);
  costs.listener_bytes_max = percentile(bytes, 1);
  for (const auto& [id, item] : items_) {
    costs.item_bytes_mean += static_cast<double>(encode(item).size());
    costs.model_bytes_mean += static_cast<double>(encode(model_of(item)).size());
  }
  if (!items_.empty()) {
    costs.item_bytes_mean /= static_cast<double>(items_.size());
    costs.model_bytes_mean /= static_cast<double>(items_.size());
  }
  return costs;
}

}  // namespace segue
