#include "tests/simulation/world/works.h"

#include "tests/simulation/faults/faults.h"

namespace segue::simulation {

Rankers& UnstoredRankers::get() {
  static const Rankers fresh;  // a copy is cheaper than the noise that a network begins with
  if (!rankers_) rankers_ = std::make_unique<Rankers>(fresh);
  return *rankers_;
}

void SimulatedRecommender::step(const Event& event, const Record& record,
                                States<Listener>& listeners, Shared& rankers, Outbox& outbox) {
  if (event.track_name == kPoison) throw Killed{};
  if (off_ == Guard::retry_window) {
    ReplayWindows windows = listeners.at("u:" + event.user_id).windows;
    const auto verdict = windows.admit(event.session, event.seq, event.device_time);
    if (verdict == ReplayWindows::Verdict::too_old) {
      Event accepted = event;
      accepted.seq = 0;
      return Recommender::step(accepted, record, listeners, rankers.get(), outbox);
    }
  }
  Recommender::step(event, record, listeners, rankers.get(), outbox);
}

void SimulatedTrainer::step(const SignalBatch& batch, const Record& record, States<Item>& items,
                            Coverage& coverage, Outbox& outbox) {
  const bool partly_known = coverage.new_from(batch) < batch.next;
  if (off_ != Guard::covered && !(off_ == Guard::skip_inside && partly_known)) {
    return Trainer::step(batch, record, items, coverage, outbox);
  }
  Coverage nothing;
  Trainer::step(batch, record, items, nothing, outbox);
  for (const ItemSignal& signal : batch.signals) {
    for (const ItemId item : items_of(signal)) coverage.changed(item);
  }
  coverage.cover(batch);
}

}  // namespace segue::simulation
