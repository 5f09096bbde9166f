#include "loadtest/evaluate/run/runs.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <iterator>

#include "loadtest/evaluate/run/prefixes.h"

namespace segue {
namespace {

// Learning curves before what counts are drawn from about so many listens.
constexpr std::uint64_t kSampledBefore = 40'000;

Evaluation::Plan plan_of(const Setup& setup, const Contender& contender) {
  const EvaluateConfig& config = setup.config;
  Evaluation::Plan plan{.tuning = contender.tuning,
                        .counted_from = setup.extent.scored_from,
                        .sampled_every = 0,
                        .models_every = static_cast<std::uint64_t>(config.models_every),
                        .partitions = contender.partitions};
  if (!config.test.empty()) plan.counted_from = setup.extent.events;
  if (!config.svg.empty()) plan.sampled_every = plan.counted_from / kSampledBefore + 1;
  return plan;
}

// Calls f(i) for i below `count` on two threads. An exception ends its thread and is thrown here.
template <class F>
void two_at_a_time(std::size_t count, F&& f) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) f(i);
  };
  auto other = std::async(std::launch::async, work);
  work();
  other.get();
}

void ask_all(const Setup& setup, Evaluation& evaluation) {
  Prefixes questions(setup.config.test);
  while (!setup.stopping()) {
    const auto tracks = questions.next();
    if (!tracks) return;
    evaluation.ask(*tracks);
    setup.progress.add(tracks->size());
  }
}

std::vector<Lane> play_baselines(const Setup& setup, const History& history,
                                 std::span<const NamedBaseline> all) {
  std::vector<Lane> lanes(all.size());
  two_at_a_time(all.size(), [&](std::size_t i) {
    if (!setup.stopping()) lanes[i] = all[i].lane(history, setup.progress);
  });
  return lanes;
}

}  // namespace

Evaluated run(const Setup& setup, const Contender& contender,
              std::span<const NamedBaseline> baselines) {
  Evaluation evaluation(plan_of(setup, contender));
  Stream stream = open_stream(setup.config);
  for (const CatalogEntry& entry : stream.catalog) evaluation.enrich(entry);
  for (std::uint64_t i = 0; i < setup.extent.events && !setup.stopping(); ++i) {
    const auto draft = stream.listening->next();
    if (!draft) break;
    evaluation.play(*draft);
    setup.progress.add(1);
  }
  if (!setup.config.test.empty()) ask_all(setup, evaluation);
  std::vector<Lane> lanes;
  if (!setup.stopping()) lanes = play_baselines(setup, evaluation.history(), baselines);
  Evaluated result = evaluation.finish();
  std::ranges::move(lanes, std::back_inserter(result.lanes));
  return result;
}

std::vector<Evaluated> run_all(const Setup& setup, std::span<const Contender> contenders) {
  std::vector<Evaluated> results(contenders.size());
  two_at_a_time(contenders.size(), [&](std::size_t i) { results[i] = run(setup, contenders[i]); });
  return results;
}

}  // namespace segue
