#include <optional>

#include "consumers/recommender/recommender.h"
#include "consumers/recommender/replica.h"
#include "consumers/worker/crew.h"
#include "consumers/worker/start.h"
#include "core/io/kafka_sink.h"
#include "core/io/kafka_source.h"
#include "core/io/log.h"
#include "core/io/program.h"
#include "core/io/redis_store.h"
#include "core/io/settings.h"
#include "core/topics.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-recommender",
    .summary = "Learns from every listening event and publishes the listener's refreshed list.",
    .sections = {"kafka", "redis", "worker", "model", "experiment", "metrics", "log"},
    .own_section = "worker",
    .examples =
        {"segue-recommender --kafka.brokers kafka:9092 --redis.address redis:6379",
         "segue-recommender --config segue.toml --threads 4",
         "segue-recommender --experiment.name calmer --experiment.changes model.ranker_rate=0.01",
         "SEGUE_KAFKA_BROKERS=kafka:9092 segue-recommender --print-config"},
    .commands = {}};

// What the threads of the process share.
struct Shared {
  Shared(const Config& config, const io::Meta& meta)
      : models(config.model),
        experiment(io::experiment_of(config)),
        lessons(experiment.name, partitions_in(meta, topic::kEvents)) {}
  HeldModels models;
  Reach reach;
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

// One consumer of the group with the partitions it is given.
void work(io::Program& program, Shared& shared, const io::Meta& meta,
          const std::atomic<bool>& stop) {
  const Config& config = program.config();
  const Surroundings surroundings = real_surroundings(stop);
  io::RedisStore store(config.redis, topic::kEvents, &program.metrics());
  io::KafkaSink sink(config.kafka, &stop);
  io::KafkaSource source(config.kafka, group_of(config, kInfo.name), topic::kEvents,
                         partitions_in(meta, topic::kEvents));
  Recommender recommender(shared.models, shared.lessons, shared.reach, config.model,
                          shared.experiment, std::string(topic::kEvents) + "@" + meta.incarnation,
                          partitions_in(meta, topic::kItemSignals));
  WorkerRules rules = worker_rules(config, topic::kEvents);
  rules.partitions = partitions_in(meta, topic::kEvents);
  Worker<Recommender> worker(source, sink, store, recommender, surroundings, rules);
  Participation participation(program.health(), config);
  try {
    while (!stop) {
      io::BatchReport report = worker.turn();
      recommender.tell(report);
      program.metrics().record(report, topic::kEvents);
      participation.note(report);
    }
  } catch (const Stopping&) {
    io::log::info("Stopping in the middle of a batch; whoever claims next does it again.", {});
  }
  worker.stop();
}

int run(io::Program& program) {
  const Config& config = program.config();
  program.health().set("partitions", false, "none assigned yet");
  const std::optional<io::Meta> meta = meta_of_state(program, topic::kEvents);
  if (!meta) return 0;
  Shared shared(config, *meta);
  announce(program, shared.experiment);
  Replica replica(config.kafka, shared.models, shared.lessons, program.health());
  Crew crew;
  crew.start([&](const std::atomic<bool>& stop) { watch_servers(program, stop); });
  crew.start([&](const std::atomic<bool>& stop) { replica.run(stop); });
  crew.start([&](const std::atomic<bool>& stop) { replica.rebuild_index(stop); });
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds{20}); };
  while (!replica.caught_up() && !crew.stopping() && !io::Program::stopping()) pause();
  for (std::int64_t i = 0; i < config.worker.threads && !crew.stopping(); ++i) {
    crew.start([&](const std::atomic<bool>& stop) { work(program, shared, *meta, stop); });
  }
  return work_until_stopped(program, crew);
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
