#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/redis/redis_address.h"
#include "core/io/redis/redis_stream.h"

namespace segue::io {

struct RedisFree {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, RedisFree>;

std::string_view text_of(const redisReply& reply);

// A command as it is sent. Binary-safe.
void encode(std::span<const std::string_view> arguments, std::string& into);

// A connection to one Redis, sentinel or node: hiredis reads the replies, the bytes are ours, since
// Debian's hiredis has no TLS. It is closed after any error or time-out, because a late reply would
// answer a later command. One thread.
class RedisConnection {
 public:
  struct Login {
    std::string user;
    std::string password;  // empty: no login
    std::string settings;  // where both come from, for messages
  };
  RedisConnection(const RedisConfig& config, RedisAddress address, Login login);

  // Connects and logs in if there is no connection, once. False: `trouble` says why.
  bool open();
  bool is_open() const { return stream_ != nullptr; }
  void close();
  // Requires: open() returned true. What is appended is sent by the next `flush` or `next`.
  void append(std::span<const std::string_view> arguments) { encode(arguments, out_); }
  void append_encoded(std::string_view command) { out_ += command; }
  void flush();
  // The reply to the oldest command not yet answered; none if the connection is lost, and then
  // none for all that follow until open().
  RedisReply next();
  // Open, append, next.
  RedisReply ask(std::span<const std::string_view> arguments);

  const RedisAddress& address() const { return address_; }
  const RedisTrouble& trouble() const { return trouble_; }

 private:
  bool log_in();
  void lose(RedisTrouble trouble);

  const RedisConfig& config_;  // the client's, which outlives its connections
  const RedisAddress address_;
  const Login login_;
  std::unique_ptr<RedisStream> stream_;
  std::unique_ptr<redisReader, RedisFree> reader_;
  std::string out_;  // appended, not sent
  bool answered_ = false;
  RedisTrouble trouble_;
};

}  // namespace segue::io
