#include "consumers/trainer/trainer.h"

#include <algorithm>
#include <memory>

#include "consumers/worker/start.h"
#include "consumers/worker/work.h"
#include "core/event/topics.h"
#include "core/io/program.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-trainer",
    .summary = "Learns tracks and artists from item signals and broadcasts their models.",
    .sections = {"kafka", "redis", "worker", "trainer", "model", "metrics", "log"},
    .own_section = "trainer",
    .examples = {"segue-trainer --kafka.brokers kafka:9092 --redis.address redis:6379",
                 "segue-trainer --broadcast-interval-ms 500"},
    .commands = {},
    .is_service = true};

constexpr std::int64_t kGatherBytes = 256 * 1024;

int run(io::Program& program) {
  const Config& config = program.config();
  return run_worker(program, kInfo.name, topic::kItemSignals, [&](const io::Meta& meta, Threads&) {
    // No listener waits for a trainer: many small fetches would only keep the broker from its work.
    KafkaConfig fetching = config.kafka;
    fetching.fetch_bytes_min = kGatherBytes;
    fetching.fetch_wait_ms = std::min(config.kafka.fetch_wait_ms, config.trainer.gather_ms);
    return Plan{.fetching = fetching,
                .rules = worker_rules(config, topic::kItemSignals),
                .partitions = partitions_in(meta, topic::kItemSignals),
                .threads = config.worker.threads,
                .make_work = [&](const Runtime& runtime) -> std::unique_ptr<AnyWork> {
                  return std::make_unique<Typed<Trainer>>(
                      config.model, config.trainer.broadcast_interval_ms * kMillisecond,
                      runtime.now);
                }};
  });
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
