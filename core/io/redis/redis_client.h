#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/ports.h"
#include "core/io/redis/redis_cluster.h"
#include "core/io/redis/redis_connection.h"
#include "core/io/redis/redis_sentinels.h"

namespace segue::io {

// The way to Redis, for RedisStore, RedisReader and segue-admin: one server, the master that
// sentinels name, or the nodes of a cluster. Pipelines commands: open, append…, then next once for
// each. One thread.
class RedisClient {
 public:
  // Throws std::runtime_error if redis.address is neither HOST:PORT nor unix:/path.
  explicit RedisClient(const RedisConfig& config);
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // Connects if there is no connection, once. False: no answer, or it refuses us; `trouble` says
  // why, and the log does at most once a minute.
  bool open();
  // Binary-safe; copies. Requires: open() returned true, and nothing was lost since.
  void append(std::span<const std::string_view> arguments);
  // The reply to the oldest command not yet answered; none if it was lost. Without a cluster none
  // for all that follow either, until open().
  RedisReply next();
  // For one command: open, append, next.
  RedisReply ask(std::initializer_list<std::string_view> arguments);
  // Whether it answers, each master of a cluster.
  bool answers();

  // For each master what it replied to the command, none where it did not; what is thrown there
  // names the master.
  void ask_masters(std::initializer_list<std::string_view> arguments,
                   const std::function<void(RedisReply)>& take);
  // The masters of a cluster; one without a host where there is no cluster. Empty: no answer.
  std::vector<RedisAddress> masters();
  // Asks one of `masters`.
  RedisReply ask_at(const RedisAddress& master, std::span<const std::string_view> arguments);
  // HOST:PORT of the master of a cluster whose reply is being taken; empty: there is no cluster.
  const std::string& asked_master() const { return asked_; }

  // How many slots of a cluster no master serves. Requires: open() returned true.
  std::size_t unserved() const { return cluster_ ? cluster_->unserved() : 0; }

  // True for a reply that refuses for now, with nothing written: out of memory, read-only, loading,
  // busy, too few replicas, a user without rights. Throws std::runtime_error for any other error
  // reply.
  bool is_refusal(const redisReply& reply);
  // Why the last command was not answered or refused.
  const RedisTrouble& trouble() const { return trouble_; }
  // Throws std::runtime_error with one clear line: "Redis at redis.address=…: <what>".
  [[noreturn]] void fail(std::string_view what);
  // The same for a command without an answer.
  [[noreturn]] void fail_unanswered();

 private:
  bool open_master();
  void close();
  void complain(std::string_view message, RedisTrouble trouble);

  const RedisConfig config_;
  RedisConnection::Login login_;
  std::unique_ptr<RedisConnection> server_;  // unless there is a cluster
  std::optional<RedisSentinels> sentinels_;
  std::optional<RedisCluster> cluster_;
  std::string asked_;  // the master of a cluster that ask_masters asks
  RedisTrouble trouble_;
  std::map<std::string, std::chrono::steady_clock::time_point> said_;  // in the log, and when
};

// Written by init: a hash, whose field of this name and a topic says how many partitions that has.
inline constexpr std::string_view kMetaKey = "sg:meta";
inline constexpr std::string_view kPartitionsField = "partitions:";

// That hash, under redis.prefix.
std::string meta_key(const RedisConfig& config);

// The reasons to refuse a state that is half moved, or was moved away.
inline constexpr std::string_view kIncomplete =
    "a reshard to redis.prefix has not ended; run `segue-admin reshard` again to its end";
std::string moved_away(const Meta& meta);

// The notes of init, with empty fields where it wrote none. Where a master of a cluster has other
// functions than this build calls, or none, theirs is the version. Throws std::runtime_error when
// Redis does not answer or refuses.
Meta read_meta(RedisClient& client, const RedisConfig& config);

}  // namespace segue::io
