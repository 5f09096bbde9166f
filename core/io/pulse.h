#pragma once

#include <memory>

#include "core/config.h"

namespace segue::io {

// Whether Kafka and Redis answer just now, asked over connections of its own. For /readyz, metrics
// and the log; nothing else may rest on it. One thread.
class Pulse {
 public:
  // Throws std::runtime_error for a wrong redis.address.
  Pulse(const KafkaConfig& kafka, const RedisConfig& redis);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  // Each waits two seconds at most, or redis.timeout_ms.
  bool kafka_answers();
  bool redis_answers();

 private:
  struct Clients;
  std::unique_ptr<Clients> clients_;
};

}  // namespace segue::io
