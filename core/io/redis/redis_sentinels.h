#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/redis/redis_connection.h"

namespace segue::io {

// Sentinels, which know where the master of a Redis is now. One thread.
class RedisSentinels {
 public:
  RedisSentinels(const RedisConfig& config, const std::vector<RedisAddress>& addresses);

  // Asks one after the other until one names a master. None: `trouble` says why.
  std::optional<RedisAddress> master(RedisTrouble& trouble);

 private:
  const RedisConfig& config_;
  std::vector<std::unique_ptr<RedisConnection>> sentinels_;
  std::size_t turn_ = 0;  // a cut-off one may name an old master for ever
};

// Why this connection does not lead to a master, as a sentinel that is late may name it; empty: it
// does. Requires: it is open.
std::string no_master(RedisConnection& connection);

}  // namespace segue::io
