#include "consumers/trainer/trainer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include "core/event/topics.h"

namespace segue {
namespace {

// Signals of an item for each interval that its next broadcast may wait, and intervals at most: of
// what is well known one signal more changes little, and most signals are of what is well known.
constexpr std::uint64_t kSignalsPerInterval = 20;
constexpr std::uint64_t kIntervalsMax = 10;

Micros intervals_to_wait(const Item& item) {
  return static_cast<Micros>(
      std::clamp<std::uint64_t>(item.signals / kSignalsPerInterval, 1, kIntervalsMax));
}

std::string key_of(ItemId item) { return "i:" + item_key(item); }

}  // namespace

Trainer::Trainer(const Tuning& tuning, Micros broadcast_interval, std::function<Micros()> now)
    : tuning_(tuning), broadcast_interval_(broadcast_interval), now_(std::move(now)) {}

Result<SignalBatch> Trainer::decode(const Record& record) const {
  if (!record.value) return error(Reason::malformed, "the record has no value");
  return decode_signal_batch(*record.value);
}

void Trainer::keys(const SignalBatch& batch, std::vector<std::string>& keys) const {
  for (const ItemSignal& signal : batch.signals) {
    for (const ItemId item : items_of(signal)) keys.push_back(key_of(item));
  }
}

bool Trainer::pending(const Coverage& coverage) const {
  return coverage.pending() > 0 && !coverage.due(now_()).empty();
}

void Trainer::due(const Coverage& coverage, std::vector<std::string>& keys) const {
  for (const ItemId item : coverage.due(now_())) keys.push_back(key_of(item));
}

void Trainer::step(const SignalBatch& batch, const Record&, States<Item>& items, Coverage& coverage,
                   Outbox& outbox) {
  const std::int64_t new_from = coverage.new_from(batch);
  std::map<Learned, std::uint64_t> counts;
  std::uint64_t fresh = 0;
  for (const ItemSignal& signal : batch.signals) {
    if (signal.offset < new_from) continue;
    ++fresh;
    for (const ItemId item : items_of(signal)) {
      const Learned learned = learn(items.at(key_of(item)), signal, tuning_);
      if (learned == Learned::taught) coverage.changed(item);
      ++counts[learned];
    }
  }
  if (!coverage.cover(batch)) {
    throw std::runtime_error("item signals come from more sources than can be remembered (" +
                             std::to_string(Coverage::kSourcesMax) +
                             "): was the events topic re-created that often?");
  }
  const auto report = [&](Outcome outcome, std::uint64_t signals) {
    outbox.report().events.push_back({EventType::other, outcome, signals});
  };
  report(Outcome::applied, counts[Learned::taught]);
  report(Outcome::ignored, counts[Learned::ignored]);
  report(Outcome::refused, counts[Learned::refused]);
  report(Outcome::duplicate, batch.signals.size() - fresh);
}

void Trainer::refused(io::BatchReport& report) const {
  report.events.push_back({EventType::other, Outcome::dead_letter, 1});
}

void Trainer::close(States<Item>& items, Coverage& coverage, Outbox& outbox, std::int64_t,
                    std::int64_t) {
  const Micros now = now_();
  coverage.forget_broadcasts(now);
  for (const ItemId item : coverage.due(now)) {
    const Item* known = items.find(key_of(item));
    if (known == nullptr) continue;    // became due after loading: next turn
    std::optional<std::string> model;  // none: who keeps it drops it
    if (!is_gone(*known)) model = encode(model_of(*known));
    outbox.publish({.topic = std::string(topic::kItemModels),
                    .partition = -1,
                    .key = item_key(item),
                    .value = std::move(model),
                    .headers = {}});
    coverage.broadcast(item, now + intervals_to_wait(*known) * broadcast_interval_);
  }
}

}  // namespace segue
