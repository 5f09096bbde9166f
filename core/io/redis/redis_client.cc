#include "core/io/redis/redis_client.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/io/log.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kComplainEvery{60};
constexpr std::size_t kComplaintsMax = 16;

// Redis says these before it has written anything, and stops saying them by itself or by a person.
constexpr std::array<std::string_view, 12> kRefusals = {
    "OOM",        "READONLY", "MISCONF",     "LOADING", "BUSY",   "NOREPLICAS",
    "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "NOPERM",  "NOAUTH", "WRONGPASS"};

// A refusal that is about us; empty: it is about Redis.
std::string_view remedy_of(std::string_view code) {
  if (code == "NOPERM") return " Give redis.user the rights that deploy/SECURITY.md lists.";
  if (code == "NOAUTH" || code == "WRONGPASS") {
    return " Check redis.user and SEGUE_REDIS_PASSWORD.";
  }
  return {};
}

// The words for a person on an error that no waiting mends.
std::string remedied(std::string_view text) {
  if (text.find("Function not found") != std::string_view::npos) {
    return std::string(text) + ": run `segue-admin init`";
  }
  if (text.starts_with("MOVED ") || text.starts_with("ASK ")) {
    return "it is a node of a cluster: set redis.cluster";
  }
  return std::string(text);
}

}  // namespace

RedisClient::RedisClient(const RedisConfig& config)
    : config_(config),
      login_{.user = config.user,
             .password = config.password,
             .settings = "redis.user and SEGUE_REDIS_PASSWORD"} {
  const std::vector<RedisAddress> addresses = redis_addresses(config_.address);
  if (config_.cluster) {
    cluster_.emplace(config_, addresses, login_);
  } else if (!config_.sentinel_master.empty()) {
    sentinels_.emplace(config_, addresses);
  } else {
    server_ = std::make_unique<RedisConnection>(config_, addresses.front(), login_);
  }
}

bool RedisClient::open() {
  if (cluster_) {
    if (cluster_->open()) return true;
    complain("Redis does not answer.", cluster_->trouble());
    return false;
  }
  if (sentinels_ && !(server_ && server_->is_open())) return open_master();
  if (server_->open()) return true;
  complain("Redis does not answer.", server_->trouble());
  return false;
}

// Each connection asks for the master: it may have moved meanwhile.
bool RedisClient::open_master() {
  RedisTrouble trouble;
  const std::optional<RedisAddress> address = sentinels_->master(trouble);
  if (!address) {
    complain("The sentinels name no master.", trouble);
    return false;
  }
  server_ = std::make_unique<RedisConnection>(config_, *address, login_);
  if (!server_->open()) {
    trouble = server_->trouble();
  } else {
    trouble.what = no_master(*server_);
    if (trouble.what.empty()) return true;
    server_->close();
  }
  trouble.what.insert(0, address->text() + ": ");
  complain("Redis does not answer.", trouble);
  return false;
}

void RedisClient::append(std::span<const std::string_view> arguments) {
  if (cluster_) {
    cluster_->append(arguments);
  } else {
    server_->append(arguments);
  }
}

RedisReply RedisClient::next() {
  if (!cluster_ && !server_) return nullptr;
  RedisReply reply = cluster_ ? cluster_->next() : server_->next();
  if (!reply) {
    complain("Redis does not answer any more.",
             cluster_ ? cluster_->trouble() : server_->trouble());
  }
  return reply;
}

RedisReply RedisClient::ask(std::initializer_list<std::string_view> arguments) {
  if (!open()) return nullptr;
  append({arguments.begin(), arguments.size()});
  return next();
}

bool RedisClient::answers() {
  if (!open()) return false;
  bool all = unserved() == 0;
  // A user without the right to ask so is answered, too.
  ask_masters({"PING"}, [&](RedisReply reply) {
    all = all && reply && (!is_refusal(*reply) || text_of(*reply).starts_with("NOPERM"));
  });
  return all;
}

void RedisClient::ask_masters(std::initializer_list<std::string_view> arguments,
                              const std::function<void(RedisReply)>& take) {
  if (!cluster_) return take(ask(arguments));
  if (!open()) return take(nullptr);
  for (const RedisAddress& master : std::vector(cluster_->masters())) {
    asked_ = master.text();
    RedisReply reply = cluster_->ask(master, {arguments.begin(), arguments.size()});
    if (!reply) complain("Redis does not answer any more.", cluster_->trouble());
    take(std::move(reply));
  }
  asked_.clear();
}

std::vector<RedisAddress> RedisClient::masters() {
  if (!open()) return {};
  return cluster_ ? cluster_->masters() : std::vector<RedisAddress>(1);
}

RedisReply RedisClient::ask_at(const RedisAddress& master,
                               std::span<const std::string_view> arguments) {
  if (!open()) return nullptr;
  if (cluster_) return cluster_->ask(master, arguments);
  append(arguments);
  return next();
}

bool RedisClient::is_refusal(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return false;
  const std::string_view text = text_of(reply);
  const std::string_view code = text.substr(0, text.find(' '));
  const bool crowded = text.find("max number of clients") != std::string_view::npos;
  if (!crowded && std::ranges::find(kRefusals, code) == kRefusals.end()) fail(remedied(text));
  const std::string_view remedy = remedy_of(code);
  complain("Redis refuses for now.",
           {.what = std::string(text) + (remedy.empty() || text.ends_with('.') ? "" : ".") +
                    std::string(remedy),
            .refused = !remedy.empty()});
  // The master that the sentinels named is none any more.
  if (sentinels_ && (code == "READONLY" || code == "MASTERDOWN")) server_.reset();
  return true;
}

void RedisClient::close() {
  if (cluster_) cluster_->close();
  if (server_) server_->close();
}

void RedisClient::fail(std::string_view what) {
  close();
  const std::string node = std::exchange(asked_, {});
  throw std::runtime_error("Redis at redis.address=" + config_.address + ": " +
                           (node.empty() ? "" : "node " + node + ": ") + std::string(what) +
                           (what.ends_with('.') ? "" : "."));
}

void RedisClient::fail_unanswered() {
  if (trouble_.refused) fail(std::string(trouble_.what));
  fail("no answer (" + trouble_.what + "); start Redis, or set redis.address to where it listens");
}

// Each at most once a minute: callers try again and again.
void RedisClient::complain(std::string_view message, RedisTrouble trouble) {
  trouble_ = std::move(trouble);
  const auto now = Clock::now();
  if (said_.size() > kComplaintsMax) said_.clear();
  auto& again = said_[trouble_.what];
  if (now < again) return;
  again = now + kComplainEvery;
  log::warn(message, {{"address", config_.address}, {"error", trouble_.what}});
}

}  // namespace segue::io
