#include "producers/gateway/state_reads.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/ids.h"
#include "core/io/redis_store.h"
#include "core/topics.h"

namespace segue::gateway {

asio::awaitable<std::optional<io::RedisReader::Values>> StateReads::read(std::string listener,
                                                                         std::string_view kinds) {
  if (waiting_ >= kWaitingMax) co_return std::nullopt;
  const std::int32_t partition = partition_of(listener, partitions_);
  std::vector<std::string> keys;
  keys.reserve(kinds.size());
  for (const char kind : kinds) {
    keys.push_back(io::redis_key(topic::kEvents, partition, std::string(1, kind) + ":" + listener));
  }
  ++waiting_;
  auto work =
      [this, keys = std::move(keys)]() -> asio::awaitable<std::optional<io::RedisReader::Values>> {
    co_return reader_.read(keys);
  };
  auto values = co_await asio::co_spawn(thread_, std::move(work), asio::use_awaitable);
  --waiting_;
  co_return values;
}

}  // namespace segue::gateway
