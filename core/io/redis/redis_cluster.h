#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/redis/redis_connection.h"
#include "core/io/redis/redis_slots.h"

namespace segue::io {

// A Redis Cluster: a connection a master, MOVED and ASK followed. All keys of a partition share a
// hash tag, so each command goes to one node. Commands to several nodes are on their way together.
// One thread.
class RedisCluster {
 public:
  RedisCluster(const RedisConfig& config, std::vector<RedisAddress> seeds,
               RedisConnection::Login login);

  // Asks a node which master serves which slot, where that is not known or something said that it
  // has changed. False: no node answers, `trouble` says why.
  bool open();
  void close();
  // Requires: open() returned true.
  void append(std::span<const std::string_view> command);
  // The reply to the oldest command not yet answered; none: its node did not answer.
  RedisReply next();

  // As the last `open` found them.
  const std::vector<RedisAddress>& masters() const { return slots_->masters(); }
  std::size_t unserved() const { return slots_->unserved(); }
  RedisReply ask(const RedisAddress& node, std::span<const std::string_view> command);

  const RedisTrouble& trouble() const { return trouble_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Node {
    Node(const RedisConfig& config, const RedisAddress& address,
         const RedisConnection::Login& login)
        : connection(config, address, login) {}
    RedisConnection connection;
    // One that does not answer is left alone for as long as it was waited for: the partitions of
    // the others go on meanwhile.
    Clock::time_point quiet_until = {};
  };
  struct Asked {
    std::string command;  // as it was sent, for the node that it has moved to
    RedisConnection* connection = nullptr;
    RedisReply reply;
  };

  Node& node_at(const RedisAddress& address);
  RedisConnection* connection_to(const RedisAddress& address);
  RedisConnection* route(std::string_view key);
  void collect();
  RedisReply follow(const Asked& asked, const Redirection& redirection);
  bool learn_slots(const RedisAddress& from);
  void note(const RedisConnection& connection);

  const RedisConfig& config_;
  const std::vector<RedisAddress> seeds_;
  const RedisConnection::Login login_;
  std::map<RedisAddress, Node> nodes_;
  std::optional<SlotMap> slots_;
  bool stale_ = false;       // something said that slots_ is old
  std::size_t turn_ = 0;     // which node is asked for the slots: a cut-off one is wrong for ever
  std::deque<Asked> asked_;  // in the order of their commands
  bool collected_ = false;   // their replies are there
  RedisTrouble trouble_;
};

}  // namespace segue::io
