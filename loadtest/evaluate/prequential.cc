#include "loadtest/evaluate/prequential.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace segue {
namespace {

constexpr std::size_t kTimesMax = 1'000'000;
constexpr std::array<std::int32_t, 3> kAt = {1, 10, 20};

double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

// CPU time of this thread in microseconds: what others do on the machine is not in it. Asking takes
// a third of a microsecond.
double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double share(double part, std::uint64_t all) {
  return all == 0 ? 0 : part / static_cast<double>(all);
}

}  // namespace

void Quality::add(const Score& score) {
  ++scored;
  if (score.candidate) ++candidates;
  if (score.rank == 0) return;
  for (std::size_t i = 0; i < kAt.size(); ++i) hits[i] += score.rank <= kAt[i] ? 1 : 0;
  reciprocal_ranks += 1.0 / score.rank;
  if (score.rank <= 10) gains += 1 / std::log2(1.0 + score.rank);
}

double Quality::hit_rate(std::size_t i) const {
  return share(static_cast<double>(hits[i]), scored);
}
double Quality::mrr() const { return share(reciprocal_ranks, scored); }
double Quality::ndcg_at_10() const { return share(gains, scored); }

Prequential::Prequential(const Tuning& tuning, std::uint64_t scored_from,
                         std::uint64_t models_every)
    : tuning_(tuning), scored_from_(scored_from), models_every_(models_every), models_(tuning) {}

void Prequential::play(const EventDraft& draft) {
  EncodedEvent encoded = encode(draft, "/segue/evaluate");
  const Record record{.partition = 0,
                      .offset = static_cast<std::int64_t>(result_.events),
                      .timestamp = draft.time,
                      .key = std::move(encoded.key),
                      .value = std::move(encoded.value),
                      .headers = std::move(encoded.headers)};
  const Result<Event> event = decoder_.decode(record);
  if (!event) throw std::runtime_error("event refused: " + event.error().detail);

  Listener& listener = listeners_[event->user_id];
  const double start_us = cpu_micros();
  const Effects effects = step(listener, ranker_, *event, models_, tuning_, ranking_);
  const double took_us = cpu_micros() - start_us;

  step_us_total_ += took_us;
  if (step_us_.size() < kTimesMax) {
    step_us_.push_back(static_cast<float>(took_us));
  } else {
    step_us_[result_.events % kTimesMax] = static_cast<float>(took_us);
  }
  if (effects.score && result_.events >= scored_from_) {
    result_.all.add(*effects.score);
    (effects.score->new_to_listener ? result_.new_to_listener : result_.repeats)
        .add(*effects.score);
    if (effects.recommendation) {
      for (const RecommendedTrack& item : effects.recommendation->items) {
        ++recommended_[item.track.value];
      }
    }
  }
  learn_signals(effects.signals);
  ++result_.events;
}

void Prequential::learn_signals(const std::vector<ItemSignal>& signals) {
  const double start_us = cpu_micros();
  for (const ItemSignal& signal : signals) {
    Item& item = items_[signal.item.value];
    learn(item, signal, tuning_);
    changed_.insert(signal.item.value);
  }
  if ((result_.events + 1) % models_every_ == 0) {
    for (const std::uint64_t item : changed_) models_.put(model_of(items_.at(item)));
    changed_.clear();
  }
  learn_us_total_ += cpu_micros() - start_us;
}

Evaluated Prequential::result() const {
  Evaluated result = result_;
  result.listeners = listeners_.size();
  result.items = items_.size();
  result.tracks_recommended = recommended_.size();
  result.step_us_mean = share(step_us_total_, result.events);
  result.step_us_p50 = percentile(step_us_, 0.5);
  result.step_us_p99 = percentile(step_us_, 0.99);
  result.learn_us_mean = share(learn_us_total_, result.events);
  std::vector<float> bytes;
  for (const auto& [id, listener] : listeners_) {
    bytes.push_back(static_cast<float>(encode(listener).size()));
  }
  result.listener_bytes_p50 = percentile(bytes, 0.5);
  result.listener_bytes_max = percentile(bytes, 1);
  double model_bytes = 0;
  for (const auto& [id, item] : items_) {
    model_bytes += static_cast<double>(encode(model_of(item)).size());
  }
  result.model_bytes_mean = share(model_bytes, result.items);
  return result;
}

}  // namespace segue
