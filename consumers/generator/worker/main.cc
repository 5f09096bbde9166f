#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "consumers/generator/signed_copies.h"
#include "consumers/generator/worker/generator.h"
#include "consumers/generator/worker/workshop.h"
#include "consumers/worker/start.h"
#include "consumers/worker/work.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/program.h"
#include "core/io/store/durable_file.h"
#include "core/io/store/stores.h"

namespace segue::generator {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-generator",
    .summary =
        "Composes the tracks that are asked for, labels them, and puts them in the catalogue.",
    .sections = {"kafka", "redis", "worker", "audio", "store", "metrics", "traces", "log"},
    .own_section = "store",
    .examples = {"segue-generator --kafka.brokers kafka:9092 --redis.address redis:6379",
                 "segue-generator --folder /srv/segue/music --bytes-max 100000000000",
                 "segue-generator --worker.threads 4           four pieces at a time", "",
                 "All generators need the same folder, SoundFont and signing key."},
    .commands = {},
    .is_service = true};

// How soon a turn sees what the studio did.
constexpr std::chrono::milliseconds kLookEvery{20};

// One thread's tools: its synthesiser, and its way to the catalogue.
struct Room {
  Room(const Config& config, io::FileStore& store, const ComposedCatalogue& tracks,
       io::Health& health, int number)
      : sink(config.kafka),
        workshop(config.audio, store, tracks, sink, health,
                 number == 1 ? "sound" : "sound-" + std::to_string(number)) {}
  io::KafkaSink sink;
  Workshop workshop;
};

std::unique_ptr<AnyWork> work_of(const std::shared_ptr<Room>& room, io::FileStore& store,
                                 const ComposedCatalogue& tracks, const Runtime& runtime) {
  auto studio = std::make_unique<Studio>(
      [room](const GenerationJob& job, const Production::OnProgress& on_progress) {
        return room->workshop.make(job, on_progress);
      },
      runtime.now, [room] { room->workshop.prepare(); });
  return std::make_unique<Typed<Generator>>(std::move(studio), tracks, store, runtime.now);
}

std::unique_ptr<io::FileStore> store_of(StoreConfig config, io::Metrics& metrics) {
  if (!io::names_store(config)) config.folder = io::in_data_folder("segue/music", "store.folder");
  return io::opened_store(config, metrics.store(), io::Program::stopping);
}

int run(io::Program& program) {
  // Past the limit of a file's size a write fails and is reported, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  const Config& config = program.config();
  const CopySigner checked(config.audio);  // what is wrong with its settings ends the program here
  const std::unique_ptr<io::FileStore> store = store_of(config.store, program.metrics());
  ComposedCatalogue tracks;
  std::atomic<int> rooms = 0;
  CatalogueTail tail(config.kafka, tracks, program.health());
  return run_worker(
      program, kInfo.name, topic::kGenerationJobs, [&](const io::Meta& meta, Threads& threads) {
        threads.start([&](const std::atomic<bool>& stop) { tail.run(stop); });
        while (!tail.caught_up() && !threads.stopping() && !io::Program::stopping()) {
          std::this_thread::sleep_for(kLookEvery);
        }
        Plan plan{.fetching = config.kafka,
                  .rules = worker_rules(config, topic::kGenerationJobs),
                  .partitions = partitions_in(meta, topic::kGenerationJobs),
                  .threads = config.worker.threads,
                  .make_work = [&](const Runtime& runtime) {
                    return work_of(
                        std::make_shared<Room>(config, *store, tracks, program.health(), ++rooms),
                        *store, tracks, runtime);
                  }};
        plan.rules.partitions = plan.partitions;  // a job's fate is its key's
        plan.rules.batch_wait = std::min(plan.rules.batch_wait, kLookEvery);
        return plan;
      });
}

}  // namespace
}  // namespace segue::generator

int main(int argc, char** argv) {
  return segue::io::run_program(segue::generator::kInfo, argc, argv, segue::generator::run);
}
