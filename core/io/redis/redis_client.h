#pragma once

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/ports.h"

// One connection to Redis, for RedisStore and segue-admin; nobody else includes it.
namespace segue::io {

struct RedisFree {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisContext = std::unique_ptr<redisContext, RedisFree>;
using RedisReply = std::unique_ptr<redisReply, RedisFree>;

// Pipelines commands: open, append…, then next once for each. After any error or time-out the
// context is freed, because a late reply would answer a later command. One thread.
class RedisClient {
 public:
  // Throws std::runtime_error if redis.address is neither HOST:PORT nor unix:/path.
  explicit RedisClient(const RedisConfig& config);

  // Connects if there is no connection, once. False: no answer. Throws std::runtime_error if the
  // password is wrong.
  bool open();
  // Binary-safe; copies. Requires: open() returned true, and nothing was lost since.
  void append(std::span<const std::string_view> arguments);
  // The reply to the oldest command not yet answered; none if the connection is lost, and then
  // none for all that follow until open().
  RedisReply next();
  // For one command: open, append, next.
  RedisReply ask(std::initializer_list<std::string_view> arguments);

  // True for a reply that refuses for now, with nothing written: out of memory, read-only, loading,
  // busy, too few replicas. Throws std::runtime_error for any other error reply.
  bool is_refusal(const redisReply& reply);
  // Throws std::runtime_error with one clear line: "Redis at redis.address=…: <what>".
  [[noreturn]] void fail(std::string_view what);

 private:
  RedisContext connect() const;
  void authenticate();
  void complain(std::string_view what, std::string_view error);

  const RedisConfig config_;
  std::string host_;
  int port_ = 0;  // 0: host_ is the path of a Unix socket
  RedisContext context_;
  std::chrono::steady_clock::time_point quiet_until_{};
};

std::string_view text_of(const redisReply& reply);

// Written by init: a hash, whose field of this name and a topic says how many partitions that has.
inline constexpr std::string_view kMetaKey = "sg:meta";
inline constexpr std::string_view kPartitionsField = "partitions:";

// What init wrote, with empty fields where it did not. Throws std::runtime_error when Redis does
// not answer or refuses.
Meta read_meta(RedisClient& client);

}  // namespace segue::io
