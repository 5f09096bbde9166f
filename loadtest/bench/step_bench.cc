#include <benchmark/benchmark.h>

#include <cmath>

#include "core/check.h"
#include "loadtest/bench/played.h"

namespace segue {
namespace {

// What must hold before a time means anything: lists are full and say why.
void check_step() {
  std::size_t lists = 0;
  std::size_t scored = 0;
  std::size_t hits = 0;
  for (const Effects& effects : timed().effects) {
    SEGUE_CHECK(effects.outcome == Outcome::applied);
    if (effects.score) {
      ++scored;
      hits += effects.score->rank > 0 ? 1 : 0;
    }
    if (!effects.recommendation) continue;
    ++lists;
    SEGUE_CHECK(std::ssize(effects.recommendation->items) == played().tuning.k);
    for (const RecommendedTrack& item : effects.recommendation->items) {
      float sum = 0;
      for (const TrackReason& reason : item.reasons) sum += reason.part;
      SEGUE_CHECK(std::abs(sum - item.score) <= 1e-3F * std::max(1.0F, std::abs(item.score)));
    }
  }
  SEGUE_CHECK(lists > timed().events.size() / 2);
  SEGUE_CHECK(hits * 20 > scored);  // a random list of 20 among 5,000 tracks hits once in 250
}

// An event's decision: both rankings and the ranker's learning. Item models stand still.
template <class Prepare>
void step_events(benchmark::State& state, Prepare prepare) {
  check_step();
  auto prepared = played().listeners;
  for (auto& [name, listener] : prepared) prepare(listener);
  auto listeners = prepared;
  Ranker ranker = played().ranker;
  RankingMemory memory;
  std::size_t i = 0;
  for (auto _ : state) {
    if (i == timed().events.size()) {
      state.PauseTiming();
      listeners = prepared;
      ranker = played().ranker;
      i = 0;
      state.ResumeTiming();
    }
    const Event& event = timed().events[i++];
    benchmark::DoNotOptimize(
        step(listeners[event.user_id], ranker, event, played().models, played().tuning, memory));
  }
  state.SetItemsProcessed(state.iterations());
}

void step_one_event(benchmark::State& state) {
  step_events(state, [](Listener&) {});
}
BENCHMARK(step_one_event)->Unit(benchmark::kMicrosecond);

// Whether to compose is not asked for these: the difference is the price of the question.
void step_one_event_without_composing(benchmark::State& state) {
  step_events(state, [](Listener& listener) { listener.composed.setting.mode = AiMode::off; });
}
BENCHMARK(step_one_event_without_composing)->Unit(benchmark::kMicrosecond);

// The price of publishing a decision, where one was made: its JSON.
void encode_one_decision(benchmark::State& state) {
  std::vector<PublishedDecision> decisions;
  for (const Effects& effects : timed().effects) {
    if (effects.decision) decisions.push_back(*effects.decision);
  }
  SEGUE_CHECK(!decisions.empty());
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode(decisions[i]));
    i = (i + 1) % decisions.size();
  }
  state.counters["an_event"] =
      static_cast<double>(decisions.size()) / static_cast<double>(timed().effects.size());
}
BENCHMARK(encode_one_decision)->Unit(benchmark::kMicrosecond);

std::vector<ItemSignal> timed_signals() {
  std::vector<ItemSignal> signals;
  for (const Effects& effects : timed().effects) {
    signals.insert(signals.end(), effects.signals.begin(), effects.signals.end());
  }
  return signals;
}

void check_learn(const std::vector<ItemSignal>& signals) {
  auto items = played().items;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  for (const auto& [id, item] : items) before += item.signals;
  for (const ItemSignal& signal : signals) learn(items[signal.item.value], signal, played().tuning);
  for (const auto& [id, item] : items) after += item.signals;
  SEGUE_CHECK(!signals.empty() && after - before == signals.size());
}

void learn_one_signal(benchmark::State& state) {
  const std::vector<ItemSignal> signals = timed_signals();
  check_learn(signals);
  auto items = played().items;
  std::size_t i = 0;
  for (auto _ : state) {
    const ItemSignal& signal = signals[i++ % signals.size()];
    learn(items[signal.item.value], signal, played().tuning);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(learn_one_signal);

// What a recommender does with a broadcast.
void take_in_one_model(benchmark::State& state) {
  std::vector<ItemModel> all;
  for (const auto& [id, item] : played().items) all.push_back(model_of(item));
  ItemModels models(played().tuning);
  for (const ItemModel& model : all) models.put(model);
  SEGUE_CHECK(models.held() == all.size());
  std::size_t i = 0;
  for (auto _ : state) models.put(all[i++ % all.size()]);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(take_in_one_model);

}  // namespace
}  // namespace segue
