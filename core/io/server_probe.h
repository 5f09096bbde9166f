#pragma once

#include <memory>

#include "core/config.h"

namespace segue::io {

// Whether Kafka and Redis answer just now, asked over connections of its own. For /readyz, metrics
// and the log; nothing else may rest on it. One thread.
class ServerProbe {
 public:
  // Throws std::runtime_error for a wrong redis.address.
  ServerProbe(const KafkaConfig& kafka, const RedisConfig& redis);
  ~ServerProbe();
  ServerProbe(const ServerProbe&) = delete;
  ServerProbe& operator=(const ServerProbe&) = delete;

  // Each waits two seconds at most, or redis.timeout_ms.
  bool kafka_answers();
  bool redis_answers();

 private:
  struct Clients;
  std::unique_ptr<Clients> clients_;
};

}  // namespace segue::io
