#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/ids.h"

namespace segue::io {

// Reads stored values without a claim to them, to show them: they may be a moment old. Keys as
// redis_key (redis_store.h) makes them. One thread.
class RedisReader {
 public:
  // Connects on first use; throws std::runtime_error only for a wrong address.
  explicit RedisReader(const RedisConfig& config);
  ~RedisReader();

  using Values = std::vector<std::optional<std::string>>;
  // In the order of the keys; none: Redis does not answer, or refuses, also for
  // a wrong password. Throws std::runtime_error where no waiting helps. Requires: keys is not
  // empty, all are of one partition.
  std::optional<Values> read(std::span<const std::string> keys);
  // Where the state of each partition of a topic is, as its checkpoint says: the first offset that
  // is not in it; -1: nothing was claimed yet. None and throws: as `read`.
  std::optional<std::vector<std::int64_t>> positions(std::string_view topic,
                                                     std::int32_t partitions);
  // Items as trainers keep them, in no order. None and throws: as `read`.
  std::optional<Values> items(std::span<const ItemId> ids);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace segue::io
