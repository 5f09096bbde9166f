#include "consumers/worker/start.h"

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>

#include "consumers/worker/lag/lag_watch.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/log.h"
#include "core/io/server_probe.h"

namespace segue {
namespace {

// A partition with records to come that stands for longer is not ready.
constexpr double kStandsMaxS = 30;

constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::milliseconds kAskRedisEvery{200};

// Sleeps, but not past a wish to stop.
void pause_for(std::chrono::milliseconds span, const std::function<bool()>& stopping) {
  const auto until = std::chrono::steady_clock::now() + span;
  while (!stopping() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

WorkerRules worker_rules(const Config& config, std::string_view input) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return {.input = std::string(input),
          .batch_events_max = static_cast<std::size_t>(config.worker.batch_events_max),
          .batch_wait = std::chrono::milliseconds{config.worker.batch_wait_ms},
          .states_cached_max = static_cast<std::size_t>(config.worker.states_cached_max),
          .retry_for = config.redis.retry_for_s * kSecond,
          .claims = {.owner = std::string(host.data()) + "/" + std::to_string(getpid()),
                     .after_fenced = config.kafka.session_timeout_ms * kMillisecond / 3 + kSecond,
                     .accept_trimmed_log = config.worker.accept_trimmed_log,
                     .log_begins_at = config.kafka.begins_at,
                     .attempts_before_care = 3,
                     .careful_events = 2 * config.worker.batch_events_max}};
}

std::string group_of(const Config& config, std::string_view program) {
  return config.kafka.prefix +
         (config.kafka.group.empty() ? std::string(program) : config.kafka.group);
}

namespace {

// A position means something in the log alone that it was counted in.
void must_belong(const KafkaConfig& kafka, const io::Meta& meta) {
  if (kafka.prefix == meta.topics_prefix && kafka.begins_at == meta.begins_at) return;
  throw std::runtime_error("kafka.prefix is \"" + kafka.prefix + "\" and kafka.begins_at " +
                           std::to_string(kafka.begins_at) +
                           ", but the state in Redis was made with \"" + meta.topics_prefix +
                           "\" and " + std::to_string(meta.begins_at) +
                           ": set both, and redis.prefix, to those that belong together.");
}

}  // namespace

std::optional<io::Meta> meta_of_state(io::Program& program, std::string_view input) {
  const RedisConfig& redis = program.config().redis;
  io::ServerProbe probe(program.config().kafka, redis);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{redis.retry_for_s};
  while (!probe.redis_answers() && std::chrono::steady_clock::now() < until) {
    program.servers().note(io::Server::redis, false);
    pause_for(kAskRedisEvery, io::Program::stopping);
    if (io::Program::stopping()) return std::nullopt;
  }
  io::Meta meta = io::RedisStore(redis, input, &program.metrics()).meta();
  must_belong(program.config().kafka, meta);
  return meta;
}

std::int32_t partitions_in(const io::Meta& meta, std::string_view topic) {
  for (const auto& [name, partitions] : meta.partitions) {
    if (name == topic) return partitions;
  }
  throw std::runtime_error("Redis holds no partition count for topic " + std::string(topic) +
                           "; run segue-admin init");
}

Participation::Participation(io::Health& health, const Config& config)
    : health_(health),
      stands_by_from_(std::chrono::steady_clock::now() +
                      std::chrono::milliseconds{2 * config.kafka.session_timeout_ms}) {}

void Participation::note(const io::BatchReport& report) {
  if (report.assigned > 0) {
    known_ = true;
    health_.set("partitions", true, "assigned");
  } else if (!known_ && std::chrono::steady_clock::now() > stands_by_from_) {
    known_ = true;
    health_.set("partitions", true, "none: the others have them all, this one stands by");
  }
  for (const io::PartitionProgress& one : report.progress) {
    if (one.stands > kStandsMaxS) {
      standing_.insert(one.partition);
      health_.set("partition " + std::to_string(one.partition), false,
                  "stands with " + std::to_string(one.events) + " events to come, claimed " +
                      std::to_string(one.attempts) + " times; see the log");
    } else if (standing_.erase(one.partition) > 0) {
      health_.set("partition " + std::to_string(one.partition), true, "goes on");
    }
  }
  for (const std::int32_t partition : report.gone) {
    if (standing_.erase(partition) == 0) continue;
    health_.set("partition " + std::to_string(partition), true, "is another's");
  }
}

namespace {

// Each thread is a member of the group, and each member needs a name of its own.
KafkaConfig fetching_of(const Plan& plan, std::int64_t thread) {
  KafkaConfig config = plan.fetching;
  if (!config.instance.empty()) config.instance += "-" + std::to_string(thread);
  return config;
}

// One consumer of the group with the partitions it is given.
void work(io::Program& program, std::string_view group, const Plan& plan, std::int64_t thread,
          const std::atomic<bool>& stop) {
  const Config& config = program.config();
  const std::string& input = plan.rules.input;
  const Runtime runtime = real_runtime(stop);
  io::RedisStore store(config.redis, input, &program.metrics());
  io::KafkaSink sink(config.kafka, &stop);
  io::KafkaSource source(fetching_of(plan, thread), group, input, plan.partitions);
  const std::unique_ptr<AnyWork> work = plan.make_work(runtime);
  Worker worker(source, sink, store, *work, runtime, plan.rules);
  Participation participation(program.health(), config);
  try {
    while (!stop) {
      io::BatchReport report = worker.turn();
      program.metrics().record(report, input);
      participation.note(report);
      program.traces().add(std::move(report.spans));
    }
  } catch (const Stopping&) {
    io::log::info("Stopping in the middle of a batch; the next to claim it does it again.", {});
  }
  worker.stop();
}

// Waits until a thread failed or the program is stopped, then brings both to an end in good order.
int work_until_stopped(io::Program& program, Threads& threads) {
  while (!threads.stopping() && !io::Program::stopping()) std::this_thread::sleep_for(kPause);
  program.health().set("partitions", false, "stopping");
  threads.join();
  io::log::info("Stopped. Unconfirmed work is done again by the next owner.");
  return 0;
}

}  // namespace

int run_worker(io::Program& program, std::string_view name, std::string_view input,
               const std::function<Plan(const io::Meta&, Threads&)>& plan) {
  program.health().set("partitions", false, "none assigned yet");
  const std::optional<io::Meta> meta = meta_of_state(program, input);
  if (!meta) return 0;
  const std::string group = group_of(program.config(), name);
  Plan made;
  Threads threads;
  threads.start([&](const std::atomic<bool>& stop) {
    program.servers().watch(program.config().kafka, program.config().redis, stop);
  });
  made = plan(*meta, threads);
  threads.start([&](const std::atomic<bool>& stop) {
    watch_lag(program, made.rules.input, made.partitions, stop);
  });
  for (std::int64_t i = 0; i < made.threads && !threads.stopping(); ++i) {
    threads.start([&, i](const std::atomic<bool>& stop) { work(program, group, made, i, stop); });
  }
  return work_until_stopped(program, threads);
}

}  // namespace segue
