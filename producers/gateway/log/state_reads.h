#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/redis/redis_reader.h"
#include "core/item/item.h"

namespace segue::gateway {

namespace asio = boost::asio;

// Reads what recommenders keep of listeners, without making the network thread wait. While Redis
// does not answer, one read at a time finds out whether it does again, and the others fail at once.
class StateReads {
 public:
  // `partitions` of segue.events.v1. Throws for a wrong address.
  StateReads(const RedisConfig& config, std::int32_t partitions);
  ~StateReads();
  StateReads(const StateReads&) = delete;
  StateReads& operator=(const StateReads&) = delete;

  // Values of the listener's keys, a letter each (u: state, r: latest list), in that order. None:
  // Redis does not answer within kWithin, or kWaitingMax reads wait already.
  asio::awaitable<std::optional<io::RedisReader::Values>> read(std::string listener,
                                                               std::string_view kinds);
  // The trainers' state of these items, in no order; those of which nothing is kept are left out.
  // None: as `read`. Requires: not more than a listener's state and list can name.
  asio::awaitable<std::optional<std::vector<Item>>> items(std::vector<ItemId> ids);

 private:
  static constexpr std::size_t kWaitingMax = 4'096;
  static constexpr std::chrono::milliseconds kWithin{1'000};

  struct Read;
  struct Wanted {
    std::vector<std::string> keys;
    std::vector<ItemId> items;  // instead of keys
  };
  asio::awaitable<std::optional<io::RedisReader::Values>> read(Wanted wanted);
  void answer(const std::shared_ptr<Read>& read);
  std::vector<std::string> keys_of(const std::string& listener, std::string_view kinds) const;

  const RedisConfig config_;
  io::RedisReader reader_;  // the thread's
  const std::int32_t partitions_;
  std::size_t waiting_ = 0;  // given to the thread and not back yet
  bool answers_ = true;
  asio::thread_pool thread_{1};
};

}  // namespace segue::gateway
