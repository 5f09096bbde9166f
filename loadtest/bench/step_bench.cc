#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/check.h"
#include "loadtest/bench/played.h"

namespace segue {
namespace {

// Checks what must hold before a time means anything: lists are full and say why.
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
void step_one_event(benchmark::State& state) {
  check_step();
  auto listeners = played().listeners;
  Ranker ranker = played().ranker;
  RankingMemory memory;
  std::size_t i = 0;
  for (auto _ : state) {
    if (i == timed().events.size()) {
      state.PauseTiming();
      listeners = played().listeners;
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
BENCHMARK(step_one_event)->Unit(benchmark::kMicrosecond);

using Listeners = std::unordered_map<std::string, Listener>;

// One listener of this many asks for a kind of music; 0: none does.
struct Asking {
  std::size_t one_of = 0;

  // Holds until the session ends, so it is asked again with each. No catalogue meets it.
  void ask(const Event& event, Listener& listener) const {
    if (one_of == 0 || listener_id(event.user_id).value % one_of != 0 || listener.request) return;
    Request request;
    request.genre = kind_hash("jazz");
    request.wished = {.genre = "jazz", .mood = "calm"};
    listener.request = std::move(request);
  }
};

// The time that the processor gave this thread: others on the machine do not count.
double cpu_seconds() {
  timespec now{};
  SEGUE_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The timed events on the way through one partition's state, and what was decided of composing.
struct Way {
  AiMode mode;  // of all listeners, newcomers too
  Listeners listeners = played().listeners;
  Ranker ranker = played().ranker;
  RankingMemory memory = {};
  double seconds = 0;
  std::vector<PublishedDecision> decisions = {};

  void go(std::size_t from, std::size_t to, const Asking& asking) {
    const double began = cpu_seconds();
    for (std::size_t i = from; i < to; ++i) {
      const Event& event = timed().events[i];
      Listener& listener = listeners[event.user_id];
      listener.composed.setting.mode = mode;
      asking.ask(event, listener);
      Effects effects = step(listener, ranker, event, played().models, played().tuning, memory);
      if (effects.decision) decisions.push_back(std::move(*effects.decision));
    }
    seconds += cpu_seconds() - began;
  }
};

// The price of asking whether to compose: the same events with it and without it (nothing is
// composed for listeners who want none), a few of each in turn, so that what slows the machine
// slows both.
void step_with_and_without_decisions(benchmark::State& state) {
  constexpr std::size_t kInTurn = 100;
  check_step();
  const Asking asking{.one_of = static_cast<std::size_t>(state.range(0))};
  const std::size_t events = timed().events.size();
  std::vector<double> ratios;
  for (auto _ : state) {
    Way on{.mode = AiMode::ask};
    Way off{.mode = AiMode::off};
    for (std::size_t from = 0; from < events; from += kInTurn) {
      const bool on_first = from / kInTurn % 2 == 0;
      const std::size_t to = std::min(from + kInTurn, events);
      (on_first ? on : off).go(from, to, asking);
      (on_first ? off : on).go(from, to, asking);
    }
    SEGUE_CHECK(off.decisions.empty() && on.decisions.empty() == (asking.one_of == 0));
    ratios.push_back(on.seconds / off.seconds);
    state.counters["without_us"] = off.seconds / static_cast<double>(events) * 1e6;
    state.counters["decisions_an_event"] =
        static_cast<double>(on.decisions.size()) / static_cast<double>(events);
    state.SetIterationTime(on.seconds + off.seconds);
  }
  std::ranges::sort(ratios);
  state.counters["ratio"] = ratios[ratios.size() / 2];
  state.counters["least"] = ratios.front();
  state.counters["most"] = ratios.back();
}
BENCHMARK(step_with_and_without_decisions)
    ->ArgName("one_asks_of")
    ->Arg(0)
    ->Arg(10)
    ->Arg(1)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);

// The price of publishing a decision: its JSON.
void encode_one_decision(benchmark::State& state) {
  Way way{.mode = AiMode::ask};
  way.go(0, timed().events.size(), {.one_of = 1});
  const std::vector<PublishedDecision>& decisions = way.decisions;
  SEGUE_CHECK(!decisions.empty());
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode(decisions[i]));
    i = (i + 1) % decisions.size();
  }
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

// A recommender's work for a broadcast.
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
