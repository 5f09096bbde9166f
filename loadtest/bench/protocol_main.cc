#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "consumers/recommender/recommender.h"
#include "consumers/recommender/replica.h"
#include "consumers/worker/start.h"
#include "consumers/worker/threads.h"
#include "consumers/worker/work.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "core/io/redis/redis_store.h"

// Measures the cost of writes to Redis for a recommender that catches up: the same loop with all of
// them, and with none. loadtest/recovery.py runs both in turn and takes the ratio.
namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-protocol-bench",
    .summary =
        "Reads a whole events topic as a recommender does, and says how many it did a second.",
    .sections = {"kafka", "redis", "worker", "model", "log"},
    .own_section = "worker",
    .examples = {"segue-protocol-bench with --kafka.brokers 127.0.0.1:9092 --kafka.group once"},
    .commands = {{"with", "with the writes to Redis, as a recommender"},
                 {"without", "the same with everything but these"}}};

// Says that every batch was applied, and writes nothing. States that are not in memory are still
// asked for, at the position where Redis stays.
class WithoutWrites final : public io::Store {
 public:
  explicit WithoutWrites(io::Store& store) : store_(store) {}
  io::Claimed claim(std::int32_t partition, const io::Token& token,
                    std::string_view owner) override {
    return store_.claim(partition, token, owner);
  }
  std::vector<io::Loaded> load(std::span<const io::LoadRequest> requests) override {
    std::vector<io::LoadRequest> at_start(requests.begin(), requests.end());
    for (io::LoadRequest& request : at_start) {
      request.fence.next = stays_at_[request.fence.partition];
    }
    return store_.load(at_start);
  }
  std::vector<io::StoreReply> apply(std::span<const io::ApplyRequest> requests) override {
    for (const io::ApplyRequest& request : requests) {
      if (request.batch != 1) continue;
      stays_at_[request.fence.partition] = request.next;
      return store_.apply(requests);  // where the partition begins
    }
    return std::vector<io::StoreReply>(requests.size());
  }
  std::vector<io::StoreReply> check(std::span<const io::Fence> fences) override {
    return std::vector<io::StoreReply>(fences.size());
  }
  io::StoreReply mark(const io::Fence&, std::uint32_t) override { return {}; }
  io::StoreReply unmark(const io::Fence&) override { return {}; }
  io::StoreReply release(const io::Fence&) override { return {}; }

 private:
  io::Store& store_;
  std::map<std::int32_t, std::int64_t> stays_at_;
};

std::uint64_t applied_in(const io::BatchReport& report) {
  std::uint64_t events = 0;
  for (const io::EventCount& counted : report.events) events += counted.events;
  return events;
}

std::uint64_t events_in(io::KafkaSource& source, std::int32_t partitions) {
  std::int64_t events = 0;
  for (std::int32_t p = 0; p < partitions; ++p) {
    const io::Watermarks marks = source.watermarks(p);
    events += marks.high - marks.low;
  }
  return static_cast<std::uint64_t>(events);
}

int run(io::Program& program) {
  using Clock = std::chrono::steady_clock;
  const Config& config = program.config();
  io::RedisStore redis(config.redis, topic::kEvents, nullptr);
  const io::Meta meta = redis.meta();
  const std::int32_t partitions = partitions_in(meta, topic::kEvents);
  HeldModels models(config.model);
  HeldLessons lessons("", partitions);
  Replica replica(config.kafka, models, lessons, program.health());
  Threads threads;
  threads.start([&](const std::atomic<bool>& stop) { replica.run(stop); });
  while (!replica.caught_up() && !threads.stopping()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }

  WithoutWrites without(redis);
  const std::atomic<bool> never = false;
  const Runtime runtime = real_runtime(never);
  io::KafkaSink sink(config.kafka);
  io::KafkaSource source(config.kafka, group_of(config, kInfo.name), topic::kEvents, partitions);
  DistinctCounts distinct;
  Typed<Recommender> recommender(models, lessons, distinct, config.model, Experiment{},
                                 std::string(topic::kEvents) + "@" + meta.incarnation,
                                 partitions_in(meta, topic::kItemSignals));
  Worker worker(source, sink,
                program.command() == "with" ? static_cast<io::Store&>(redis) : without, recommender,
                runtime, worker_rules(config, topic::kEvents));
  const std::uint64_t wanted = events_in(source, partitions);
  std::uint64_t done = 0;
  Clock::time_point began;
  while (done < wanted && !io::Program::stopping()) {
    const std::uint64_t now = applied_in(worker.turn());
    if (done == 0 && now > 0) began = Clock::now();
    done += now;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  threads.join();
  std::cout << boost::json::serialize(boost::json::object{
                   {"events", done}, {"events_per_s", static_cast<double>(done) / seconds}})
            << "\n";
  return done == wanted ? 0 : 1;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
