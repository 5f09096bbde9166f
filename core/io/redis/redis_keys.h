#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/redis/redis_client.h"

namespace segue::io {

// All keys of partitions under redis.prefix, for moving them: read, written and removed as they
// are, without a claim to them. Keys are as redis_key makes them, less the prefix. Everything
// throws std::runtime_error, in one line, when Redis does not answer or refuses. One thread.
class RedisKeys {
 public:
  explicit RedisKeys(const RedisConfig& config);

  struct Entry {
    std::string key;
    std::string value;
    std::int64_t ttl_ms = -1;  // until it fades; -1: it does not
  };

  // Gives all keys to `take`, some hundred at a time, in no order; a key may come twice.
  void each(const std::function<void(std::span<const std::string>)>& take);
  // In the order of the keys; those that are gone are left out.
  std::vector<Entry> read(std::span<const std::string> keys);
  void write(std::span<const Entry> entries);
  void remove(std::span<const std::string> keys);

  // Fields of a hash; none where it has no such field.
  std::vector<std::optional<std::string>> fields(std::string_view key,
                                                 std::span<const std::string_view> names);
  // Fields that init wrote under the prefix.
  void set_meta(std::string_view field, std::string_view value);
  void remove_meta(std::string_view field);

 private:
  void begin();
  RedisReply next();

  const RedisConfig config_;
  RedisClient client_;
};

}  // namespace segue::io
