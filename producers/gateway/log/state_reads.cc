#include "producers/gateway/log/state_reads.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "core/event/topics.h"
#include "core/ids.h"
#include "core/io/redis/redis_store.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {
namespace {

using Clock = std::chrono::steady_clock;

RedisConfig patient_for(RedisConfig config, std::chrono::milliseconds at_most) {
  config.timeout_ms = std::min<std::int64_t>(config.timeout_ms, at_most.count());
  return config;
}

}  // namespace

// One on its way. The thread looks at what is wanted and until, all else is the network thread's.
struct StateReads::Read {
  Read(const asio::any_io_executor& executor, Wanted which)
      : wanted(std::move(which)), network(executor), done(executor) {}

  const Wanted wanted;
  const Clock::time_point until = Clock::now() + kWithin;
  const asio::any_io_executor network;
  std::optional<io::RedisReader::Values> values;
  Wakeup done;
};

StateReads::StateReads(const RedisConfig& config, std::int32_t partitions)
    : config_(config), reader_(patient_for(config, kWithin)), partitions_(partitions) {}

// Reads that still wait are not done any more.
StateReads::~StateReads() {
  thread_.stop();
  thread_.join();
}

asio::awaitable<std::optional<io::RedisReader::Values>> StateReads::read(std::string listener,
                                                                         std::string_view kinds) {
  Wanted wanted;
  wanted.keys = keys_of(listener, kinds);
  co_return co_await read(std::move(wanted));
}

asio::awaitable<std::optional<std::vector<Item>>> StateReads::items(std::vector<ItemId> ids) {
  std::vector<Item> items;
  if (ids.empty()) co_return items;
  Wanted wanted;
  wanted.items = std::move(ids);
  const auto values = co_await read(std::move(wanted));
  if (!values) co_return std::nullopt;
  for (const auto& blob : *values) {
    auto item = blob ? decode_item(*blob) : Result<Item>(Item{});
    if (item && !is_gone(*item)) items.push_back(std::move(*item));
  }
  co_return items;
}

asio::awaitable<std::optional<io::RedisReader::Values>> StateReads::read(Wanted wanted) {
  if (waiting_ >= (answers_ ? kWaitingMax : 1)) co_return std::nullopt;
  ++waiting_;
  const auto read = std::make_shared<Read>(co_await asio::this_coro::executor, std::move(wanted));
  asio::post(thread_, [this, read] { answer(read); });
  if (!co_await read->done.wait_until(read->until)) answers_ = false;
  co_return std::move(read->values);
}

// The thread's. What is late already is not read: no one waits for it.
void StateReads::answer(const std::shared_ptr<Read>& read) {
  const bool in_time = Clock::now() < read->until;
  std::optional<io::RedisReader::Values> values;
  std::exception_ptr failure;
  try {
    const Wanted& wanted = read->wanted;
    if (in_time)
      values = wanted.keys.empty() ? reader_.items(wanted.items) : reader_.read(wanted.keys);
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  asio::post(read->network, [this, read, in_time, failure, values = std::move(values)]() mutable {
    if (failure) std::rethrow_exception(failure);  // a person must act
    --waiting_;
    if (in_time) answers_ = values.has_value();
    read->values = std::move(values);
    read->done.wake();
  });
}

std::vector<std::string> StateReads::keys_of(const std::string& listener,
                                             std::string_view kinds) const {
  const std::int32_t partition = partition_of(listener, partitions_);
  std::vector<std::string> keys;
  keys.reserve(kinds.size());
  for (const char kind : kinds) {
    keys.push_back(
        io::redis_key(config_, topic::kEvents, partition, std::string(1, kind) + ":" + listener));
  }
  return keys;
}

}  // namespace segue::gateway
