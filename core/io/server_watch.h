#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "core/config.h"

namespace segue::io {

class Health;
class Metrics;

// A server that a program cannot do without.
enum class Server : std::uint8_t { kafka, redis };

// Notes whether a server answers: in a program's health (not ready, with the code no_log or
// no_store, while it does not), in its metrics, and in its log when that changes. The line that
// says that it is back says how long it was away. Thread-safe.
class ServerWatch {
 public:
  ServerWatch(Health& health, Metrics& metrics) : health_(health), metrics_(metrics) {}
  ServerWatch(const ServerWatch&) = delete;
  ServerWatch& operator=(const ServerWatch&) = delete;

  void note(Server server, bool answers);
  // Asks both once a second until `stop`, over connections of its own. A silent server is asked for
  // two seconds, or redis.timeout_ms; one that refuses the password counts as silent, and its
  // client logs why. Throws std::runtime_error where no waiting helps.
  void watch(const KafkaConfig& kafka, const RedisConfig& redis, const std::atomic<bool>& stop);

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    bool away = false;
    Clock::time_point since = {};  // when it was first asked in vain
  };

  Health& health_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::array<Seen, 2> seen_;  // by Server
};

// Whether this process's watch asked a server in vain the last time; false where none watches.
// Thread-safe.
bool is_away(Server server);

}  // namespace segue::io
