#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <stdexcept>

#include "core/io/program.h"
#include "loadtest/evaluate/baselines/baselines.h"
#include "loadtest/evaluate/evaluation.h"
#include "loadtest/evaluate/report_text.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-evaluate",
    .summary = "Measures, test then train, how often the next listen stood in the list before it.",
    .sections = {"evaluate", "model", "log"},
    .own_section = "evaluate",
    .examples = {"segue-evaluate --listens listens.tsv.gz --format 30music",
                 "segue-evaluate --listens mine.csv --format segue-csv --json",
                 "segue-evaluate --listens sessions.txt.gz --format sessions --scored-from 0.9",
                 "segue-evaluate --events-max 100000 --seed 7    # on the simulator"},
    .commands = {}};

// The simulator never ends by itself.
constexpr std::int64_t kSimulatedEvents = 60'000;

struct Stream {
  std::unique_ptr<Listening> listening;
  std::vector<CatalogEntry> catalog;
};

Stream open(const EvaluateConfig& config) {
  if (!config.listens.empty()) return {open_listens(config.listens, config.format), {}};
  Simulation simulation;
  simulation.seed = static_cast<std::uint64_t>(config.seed);
  simulation.events_max = config.events_max > 0 ? config.events_max : kSimulatedEvents;
  return {simulate(simulation), catalog_of(simulation)};
}

std::uint64_t length_of(const EvaluateConfig& config) {
  Stream stream = open(config);
  const auto most = static_cast<std::uint64_t>(config.events_max);
  std::uint64_t events = 0;
  while ((most == 0 || events < most) && !io::Program::stopping() && stream.listening->next()) {
    ++events;
  }
  return events;
}

void show_progress(std::uint64_t done, std::uint64_t all, bool terminal) {
  if (terminal) {
    std::fprintf(stderr, "\r%3llu %%  %llu of %llu events",
                 static_cast<unsigned long long>(100 * done / all),
                 static_cast<unsigned long long>(done), static_cast<unsigned long long>(all));
    if (done == all) std::fputc('\n', stderr);
  } else if (done % (all / 4 + 1) == 0) {
    std::fprintf(stderr, "%llu of %llu events\n", static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(all));
  }
}

void print_json(const Evaluated& result) {
  const Quality all = result.quality(result.mix());
  const Quality fresh = result.quality(result.mix(), kNewToListener);
  const Quality repeats = result.quality(result.mix(), kRepeat);
  std::printf(
      "{\"events\":%llu,\"scored\":%llu,\"hit_rate_at_1\":%.5f,\"hit_rate_at_10\":%.5f,"
      "\"hit_rate_at_20\":%.5f,\"mrr_at_20\":%.5f,\"ndcg_at_10\":%.5f,"
      "\"new_to_listener\":{\"scored\":%llu,\"hit_rate_at_20\":%.5f,\"mrr_at_20\":%.5f},"
      "\"repeats\":{\"scored\":%llu,\"hit_rate_at_20\":%.5f,\"mrr_at_20\":%.5f},"
      "\"step_us_per_event\":%.2f,\"step_us_p50\":%.2f,\"step_us_p99\":%.2f,"
      "\"learn_us_per_event\":%.2f,\"listeners\":%llu,\"items\":%llu,\"tracks_recommended\":%llu,"
      "\"listener_bytes_p50\":%.0f,\"listener_bytes_max\":%.0f,\"model_bytes_mean\":%.0f}\n",
      static_cast<unsigned long long>(result.events), static_cast<unsigned long long>(all.scored),
      all.hit_rate_at_1(), all.hit_rate_at_10(), all.hit_rate_at_20(), all.mrr_at_20(),
      all.ndcg_at_10(), static_cast<unsigned long long>(fresh.scored), fresh.hit_rate_at_20(),
      fresh.mrr_at_20(), static_cast<unsigned long long>(repeats.scored), repeats.hit_rate_at_20(),
      repeats.mrr_at_20(), result.costs.step_us_mean, result.costs.step_us_p50,
      result.costs.step_us_p99, result.costs.learn_us_mean,
      static_cast<unsigned long long>(result.listeners),
      static_cast<unsigned long long>(result.items),
      static_cast<unsigned long long>(result.mix().exposure.tracks_shown()),
      result.costs.listener_bytes_p50, result.costs.listener_bytes_max,
      result.costs.model_bytes_mean);
}

int run(io::Program& program) {
  const EvaluateConfig& config = program.config().evaluate;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const std::uint64_t all = length_of(config);
  if (all == 0) throw std::runtime_error("there is nothing to evaluate: no listen was read");
  Evaluation evaluation(
      {.tuning = program.config().model,
       .scored_from = static_cast<std::uint64_t>(config.scored_from * static_cast<double>(all)),
       .models_every = static_cast<std::uint64_t>(config.models_every),
       .partitions = 1});
  Stream stream = open(config);
  for (const CatalogEntry& entry : stream.catalog) evaluation.enrich(entry);
  std::uint64_t done = 0;
  while (done < all && !io::Program::stopping()) {
    const std::optional<EventDraft> draft = stream.listening->next();
    if (!draft) break;
    evaluation.play(*draft);
    if (++done % 1'000 == 0 || done == all) show_progress(done, all, terminal);
  }
  const Skipped skipped = stream.listening->skipped();
  if (skipped.rows > 0) {
    std::fprintf(stderr, "%llu rows could not be read; the first: %s\n",
                 static_cast<unsigned long long>(skipped.rows), skipped.first.c_str());
  }
  std::vector<Lane> lanes;
  for (const NamedBaseline& baseline : baselines())
    lanes.push_back(baseline.lane(evaluation.history()));
  Evaluated result = evaluation.finish();
  std::ranges::move(lanes, std::back_inserter(result.lanes));
  std::fputs(text_of(result).c_str(), stdout);
  if (config.json) print_json(result);
  return done == all ? 0 : 130;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
