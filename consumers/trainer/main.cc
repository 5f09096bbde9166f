#include "consumers/trainer/trainer.h"

#include <algorithm>
#include <optional>

#include "consumers/worker/crew.h"
#include "consumers/worker/start.h"
#include "core/io/kafka_sink.h"
#include "core/io/kafka_source.h"
#include "core/io/log.h"
#include "core/io/program.h"
#include "core/io/redis_store.h"
#include "core/topics.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-trainer",
    .summary = "Learns tracks and artists from item signals and broadcasts their models.",
    .sections = {"kafka", "redis", "worker", "trainer", "model", "metrics", "log"},
    .own_section = "trainer",
    .examples = {"segue-trainer --kafka.brokers kafka:9092 --redis.address redis:6379",
                 "segue-trainer --broadcast-interval-ms 500"},
    .commands = {}};

constexpr std::int64_t kGatherBytes = 256 * 1024;

void work(io::Program& program, const io::Meta& meta, const std::atomic<bool>& stop) {
  const Config& config = program.config();
  const Surroundings surroundings = real_surroundings(stop);
  io::RedisStore store(config.redis, topic::kItemSignals, &program.metrics());
  io::KafkaSink sink(config.kafka, &stop);
  // Nobody waits for a trainer: many small fetches would only keep the broker from its work.
  KafkaConfig fetching = config.kafka;
  fetching.fetch_bytes_min = kGatherBytes;
  fetching.fetch_wait_ms = std::min(config.kafka.fetch_wait_ms, config.trainer.gather_ms);
  io::KafkaSource source(fetching, group_of(config, kInfo.name), topic::kItemSignals,
                         partitions_in(meta, topic::kItemSignals));
  Trainer trainer(config.model, config.trainer.broadcast_interval_ms * kMillisecond,
                  surroundings.now);
  Worker<Trainer> worker(source, sink, store, trainer, surroundings,
                         worker_rules(config, topic::kItemSignals));
  Participation participation(program.health(), config);
  try {
    while (!stop) {
      const io::BatchReport report = worker.turn();
      program.metrics().record(report, topic::kItemSignals);
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
  const std::optional<io::Meta> meta = meta_of_state(program, topic::kItemSignals);
  if (!meta) return 0;
  Crew crew;
  crew.start([&](const std::atomic<bool>& stop) { watch_servers(program, stop); });
  for (std::int64_t i = 0; i < config.worker.threads; ++i) {
    crew.start([&](const std::atomic<bool>& stop) { work(program, *meta, stop); });
  }
  return work_until_stopped(program, crew);
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
