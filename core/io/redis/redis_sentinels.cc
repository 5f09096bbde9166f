#include "core/io/redis/redis_sentinels.h"

#include <array>
#include <string_view>

namespace segue::io {

RedisSentinels::RedisSentinels(const RedisConfig& config,
                               const std::vector<RedisAddress>& addresses)
    : config_(config) {
  const RedisConnection::Login login{
      .user = config.sentinel_user,
      .password = config.sentinel_password,
      .settings = "redis.sentinel_user and SEGUE_REDIS_SENTINEL_PASSWORD"};
  for (const RedisAddress& address : addresses) {
    sentinels_.push_back(std::make_unique<RedisConnection>(config_, address, login));
  }
}

std::optional<RedisAddress> RedisSentinels::master(RedisTrouble& trouble) {
  const std::array<std::string_view, 3> command = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME",
                                                   config_.sentinel_master};
  std::string unknown;
  for (std::size_t i = 0; i < sentinels_.size(); ++i) {
    RedisConnection& sentinel = *sentinels_[turn_++ % sentinels_.size()];
    const RedisReply reply = sentinel.ask(command);
    sentinel.close();  // it is asked again at the next fail-over
    const std::string from = "sentinel " + sentinel.address().text();
    if (!reply) {
      trouble = sentinel.trouble();
      trouble.what = from + ": " + trouble.what;
    } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
      return redis_address(text_of(*reply->element[0]), text_of(*reply->element[1]));
    } else if (reply->type == REDIS_REPLY_ERROR) {
      const std::string_view said = text_of(*reply);
      trouble = {.what = from + ": " + std::string(said.substr(0, said.find(','))) +
                         ". Check redis.sentinel_user and that redis.address names sentinels.",
                 .refused = true};
    } else {
      unknown = from + " knows no master \"" + config_.sentinel_master +
                "\"; check redis.sentinel_master";
    }
  }
  if (!unknown.empty()) trouble = {.what = unknown, .refused = true};
  return std::nullopt;
}

std::string no_master(RedisConnection& connection) {
  constexpr std::array<std::string_view, 1> kRole = {"ROLE"};
  const RedisReply reply = connection.ask(kRole);
  if (!reply) return connection.trouble().what;
  if (reply->type == REDIS_REPLY_ERROR) return std::string(text_of(*reply));
  const bool role = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
  if (role && text_of(*reply->element[0]) == "master") return {};
  return "it is a replica, although the sentinels name it as the master";
}

}  // namespace segue::io
