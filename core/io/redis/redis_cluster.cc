#include "core/io/redis/redis_cluster.h"

#include <algorithm>
#include <array>
#include <utility>

namespace segue::io {
namespace {

// A slot that moves on while its redirections are followed is tried again from the start later.
constexpr int kRedirectionsMax = 5;

// The words of a node that has lost its slots or its cluster.
bool is_lost(const redisReply& reply) {
  constexpr std::array<std::string_view, 3> kWords = {"CLUSTERDOWN", "READONLY", "MASTERDOWN"};
  if (reply.type != REDIS_REPLY_ERROR) return false;
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return text_of(reply).starts_with(word); });
}

}  // namespace

RedisCluster::RedisCluster(const RedisConfig& config, std::vector<RedisAddress> seeds,
                           RedisConnection::Login login)
    : config_(config), seeds_(std::move(seeds)), login_(std::move(login)) {}

bool RedisCluster::open() {
  if (!asked_.empty()) close();  // replies not taken would answer what comes
  if (slots_ && !stale_) return true;
  std::vector<RedisAddress> known = slots_ ? slots_->masters() : std::vector<RedisAddress>{};
  known.insert(known.end(), seeds_.begin(), seeds_.end());
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (learn_slots(known[turn_++ % known.size()])) return true;
  }
  return false;
}

bool RedisCluster::learn_slots(const RedisAddress& from) {
  RedisConnection* const connection = connection_to(from);
  if (connection == nullptr) return false;
  constexpr std::array<std::string_view, 2> kCommand = {"CLUSTER", "SLOTS"};
  const RedisReply reply = connection->ask(kCommand);
  if (!reply) {
    note(*connection);
    return false;
  }
  auto slots = SlotMap::from(*reply, from);
  if (!slots) {
    trouble_ = {.what = from.text() + ": " + std::string(text_of(*reply)), .refused = true};
    if (trouble_.what.find("cluster support disabled") != std::string::npos) {
      trouble_.what += "; set redis.cluster to false";
    }
    return false;
  }
  slots_ = std::move(slots);
  stale_ = false;
  std::erase_if(nodes_, [&](const auto& node) {
    return std::ranges::find(slots_->masters(), node.first) == slots_->masters().end();
  });
  return true;
}

void RedisCluster::close() {
  nodes_.clear();
  asked_.clear();
  collected_ = false;
}

RedisCluster::Node& RedisCluster::node_at(const RedisAddress& address) {
  return nodes_.try_emplace(address, config_, address, login_).first->second;
}

RedisConnection* RedisCluster::connection_to(const RedisAddress& address) {
  Node& node = node_at(address);
  if (node.connection.is_open()) return &node.connection;
  const auto began = Clock::now();
  if (began < node.quiet_until) return nullptr;
  if (node.connection.open()) return &node.connection;
  const auto now = Clock::now();
  node.quiet_until = now + (now - began);
  note(node.connection);
  return nullptr;
}

void RedisCluster::note(const RedisConnection& connection) {
  trouble_ = connection.trouble();
  trouble_.what.insert(0, connection.address().text() + ": ");
  stale_ = true;
}

RedisConnection* RedisCluster::route(std::string_view key) {
  if (key.empty()) {
    for (const RedisAddress& master : slots_->masters()) {
      if (RedisConnection* const connection = connection_to(master)) return connection;
    }
    return nullptr;
  }
  const std::uint16_t slot = redis_slot(key);
  if (const RedisAddress* const master = slots_->master_of(slot)) return connection_to(*master);
  trouble_ = {.what = "no master of the cluster serves slot " + std::to_string(slot) +
                      "; run redis-cli --cluster check",
              .refused = true};
  stale_ = true;
  return nullptr;
}

void RedisCluster::append(std::span<const std::string_view> command) {
  Asked asked;
  encode(command, asked.command);
  asked.connection = route(key_of(command));
  if (asked.connection != nullptr) asked.connection->append_encoded(asked.command);
  asked_.push_back(std::move(asked));
}

RedisReply RedisCluster::next() {
  if (asked_.empty()) return nullptr;
  if (!std::exchange(collected_, true)) collect();
  RedisReply reply = std::move(asked_.front().reply);
  asked_.pop_front();
  if (asked_.empty()) collected_ = false;
  return reply;
}

// All are read before one is redirected: its reply would come behind others on the same connection.
void RedisCluster::collect() {
  for (const Asked& asked : asked_) {
    if (asked.connection != nullptr) asked.connection->flush();
  }
  for (Asked& asked : asked_) {
    if (asked.connection == nullptr) continue;
    asked.reply = asked.connection->next();
    if (!asked.reply) note(*asked.connection);
  }
  for (Asked& asked : asked_) {
    for (int i = 0; i < kRedirectionsMax && asked.reply; ++i) {
      if (is_lost(*asked.reply)) stale_ = true;
      auto redirection = redirection_of(*asked.reply);
      if (!redirection) break;
      if (redirection->to.host.empty()) redirection->to.host = asked.connection->address().host;
      asked.reply = follow(asked, *redirection);
    }
    if (asked.reply && redirection_of(*asked.reply)) asked.reply.reset();
  }
}

RedisReply RedisCluster::follow(const Asked& asked, const Redirection& redirection) {
  if (!redirection.ask) {
    slots_->move(redirection.slot, redirection.to);
    stale_ = true;
  }
  RedisConnection* const connection = connection_to(redirection.to);
  if (connection == nullptr) return nullptr;
  if (redirection.ask) {
    constexpr std::array<std::string_view, 1> kAsking = {"ASKING"};
    connection->append(kAsking);
  }
  connection->append_encoded(asked.command);
  if (redirection.ask) connection->next();
  RedisReply reply = connection->next();
  if (!reply) note(*connection);
  return reply;
}

RedisReply RedisCluster::ask(const RedisAddress& node, std::span<const std::string_view> command) {
  RedisConnection* const connection = connection_to(node);
  if (connection == nullptr) return nullptr;
  RedisReply reply = connection->ask(command);
  if (!reply) note(*connection);
  return reply;
}

}  // namespace segue::io
