#include "consumers/worker/start.h"

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>

namespace segue {

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
                     .attempts_before_care = 3,
                     .careful_events = 2 * config.worker.batch_events_max}};
}

std::string group_of(const Config& config, std::string_view program) {
  return config.kafka.group.empty() ? std::string(program) : config.kafka.group;
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
}

int work_until_stopped(io::Program& program, Crew& crew) {
  while (!crew.stopping() && !io::Program::stopping()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  program.health().set("partitions", false, "stopping");
  crew.join();
  io::log::info("Stopped: all partitions are handed back.");
  return 0;
}

}  // namespace segue
