#include "core/io/redis_reader.h"

#include "core/io/redis_client.h"

namespace segue::io {

struct RedisReader::Connection {
  RedisClient client;
};

RedisReader::RedisReader(const RedisConfig& config)
    : connection_(std::make_unique<Connection>(Connection{RedisClient(config)})) {}
RedisReader::~RedisReader() = default;

std::optional<RedisReader::Values> RedisReader::read(std::span<const std::string> keys) {
  RedisClient& client = connection_->client;
  if (!client.open()) return std::nullopt;
  std::vector<std::string_view> command = {"MGET"};
  command.insert(command.end(), keys.begin(), keys.end());
  client.append(command);
  const RedisReply reply = client.next();
  if (!reply || client.is_refusal(*reply)) return std::nullopt;
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != keys.size()) {
    client.fail("MGET answered with something else");
  }
  Values values(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const redisReply& value = *reply->element[i];
    if (value.type == REDIS_REPLY_STRING) values[i] = std::string(text_of(value));
  }
  return values;
}

}  // namespace segue::io
