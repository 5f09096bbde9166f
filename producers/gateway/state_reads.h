#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/io/redis_reader.h"

namespace segue::gateway {

namespace asio = boost::asio;

// Reads what recommenders keep of listeners, without making the network thread wait.
class StateReads {
 public:
  // `partitions` of segue.events.v1. Throws for a wrong address.
  StateReads(const RedisConfig& config, std::int32_t partitions)
      : reader_(config), partitions_(partitions) {}
  ~StateReads() { thread_.join(); }
  StateReads(const StateReads&) = delete;
  StateReads& operator=(const StateReads&) = delete;

  // Values of the listener's keys, a letter each (u: state, r: latest list), in that order. None:
  // Redis does not answer, or kWaitingMax reads wait already.
  asio::awaitable<std::optional<io::RedisReader::Values>> read(std::string listener,
                                                               std::string_view kinds);

 private:
  static constexpr std::size_t kWaitingMax = 4'096;

  io::RedisReader reader_;  // the thread's
  const std::int32_t partitions_;
  std::size_t waiting_ = 0;
  asio::thread_pool thread_{1};
};

}  // namespace segue::gateway
