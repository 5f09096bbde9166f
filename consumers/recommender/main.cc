#include <optional>

#include "consumers/recommender/recommender.h"
#include "consumers/recommender/replica.h"
#include "consumers/worker/start.h"
#include "consumers/worker/threads.h"
#include "consumers/worker/work.h"
#include "core/event/topics.h"
#include "core/io/log.h"
#include "core/io/program.h"
#include "core/io/settings/settings.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-recommender",
    .summary = "Learns from every listening event and publishes the listener's refreshed list.",
    .sections = {"kafka", "redis", "worker", "model", "experiment", "metrics", "traces", "log"},
    .own_section = "worker",
    .examples =
        {"segue-recommender --kafka.brokers kafka:9092 --redis.address redis:6379",
         "segue-recommender --config segue.toml --threads 4",
         "segue-recommender --experiment.name calmer --experiment.changes model.ranker_rate=0.01",
         "SEGUE_KAFKA_BROKERS=kafka:9092 segue-recommender --print-config"},
    .commands = {},
    .is_service = true};

// The parts that the threads of the process share.
struct Shared {
  Shared(const Config& config, const io::Meta& meta)
      : models(config.model),
        experiment(io::experiment_of(config)),
        lessons(experiment.name, partitions_in(meta, topic::kEvents)) {}
  HeldModels models;
  DistinctCounts distinct;
  const Experiment experiment;
  HeldLessons lessons;
};

void announce(io::Program& program, const Experiment& experiment) {
  if (!experiment.runs()) return;
  program.metrics().begin(experiment);
  io::log::info("An experiment runs.", {{"name", experiment.name},
                                        {"share", experiment.share},
                                        {"changes", program.config().experiment.changes}});
}

int run(io::Program& program) {
  const Config& config = program.config();
  std::optional<Shared> shared;
  std::optional<Replica> replica;
  return run_worker(
      program, kInfo.name, topic::kEvents, [&](const io::Meta& meta, Threads& threads) {
        shared.emplace(config, meta);
        announce(program, shared->experiment);
        replica.emplace(config.kafka, shared->models, shared->lessons, program.health());
        threads.start([&](const std::atomic<bool>& stop) { replica->run(stop); });
        threads.start([&](const std::atomic<bool>& stop) { replica->rebuild_index(stop); });
        const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds{20}); };
        while (!replica->caught_up() && !threads.stopping() && !io::Program::stopping()) pause();
        Plan plan{.fetching = config.kafka,
                  .rules = worker_rules(config, topic::kEvents),
                  .partitions = partitions_in(meta, topic::kEvents),
                  .threads = config.worker.threads,
                  .make_work = [&, meta](const Runtime&) -> std::unique_ptr<AnyWork> {
                    return std::make_unique<Typed<Recommender>>(
                        shared->models, shared->lessons, shared->distinct, config.model,
                        shared->experiment, std::string(topic::kEvents) + "@" + meta.incarnation,
                        partitions_in(meta, topic::kItemSignals));
                  }};
        plan.rules.partitions = plan.partitions;  // each listener's state is its key's
        return plan;
      });
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
