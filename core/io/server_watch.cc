#include "core/io/server_watch.h"

#include <string>
#include <string_view>
#include <thread>

#include "core/io/health_server.h"
#include "core/io/log.h"
#include "core/io/metrics/metrics.h"
#include "core/io/server_probe.h"

namespace segue::io {
namespace {

constexpr std::chrono::seconds kPingEvery{1};
constexpr std::chrono::milliseconds kLookUp{20};  // how often a pause looks whether to stop

struct Named {
  std::string_view name;
  std::string_view code;
};
constexpr std::array<Named, 2> kServers = {Named{"kafka", "no_log"}, Named{"redis", "no_store"}};

std::array<std::atomic<bool>, 2> away{};

}  // namespace

void ServerWatch::note(Server server, bool answers) {
  const auto index = static_cast<std::size_t>(server);
  away[index] = !answers;
  const std::string name(kServers[index].name);
  const std::string code(kServers[index].code);
  health_.set(name, answers, answers ? "answers" : "does not answer", code);
  metrics_.dependency(name, answers);
  const std::lock_guard lock(mutex_);
  Seen& seen = seen_[index];
  if (answers != seen.away) return;
  seen.away = !answers;
  if (!answers) {
    seen.since = Clock::now();
    log::warn("A server is away: the program is not ready.", {{"server", name}, {"code", code}});
  } else {
    const std::chrono::duration<double> gone = Clock::now() - seen.since;
    log::info("A server is back.", {{"server", name}, {"away_s", gone.count()}});
  }
}

bool is_away(Server server) { return away[static_cast<std::size_t>(server)]; }

void ServerWatch::watch(const KafkaConfig& kafka, const RedisConfig& redis,
                        const std::atomic<bool>& stop) {
  ServerProbe probe(kafka, redis);
  while (!stop) {
    note(Server::redis, probe.redis_answers());
    note(Server::kafka, probe.kafka_answers());
    const auto until = Clock::now() + kPingEvery;
    while (!stop && Clock::now() < until) std::this_thread::sleep_for(kLookUp);
  }
}

}  // namespace segue::io
