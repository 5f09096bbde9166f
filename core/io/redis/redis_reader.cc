#include "core/io/redis/redis_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>

#include "core/event/topics.h"
#include "core/io/redis/redis_client.h"
#include "core/io/redis/redis_store.h"

namespace segue::io {

struct RedisReader::Connection {
  explicit Connection(const RedisConfig& config) : servers(config), client(config) {}
  const RedisConfig servers;
  RedisClient client;
};

RedisReader::RedisReader(const RedisConfig& config)
    : connection_(std::make_unique<Connection>(config)) {}
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

std::optional<std::vector<std::int64_t>> RedisReader::positions(std::string_view topic,
                                                                std::int32_t partitions) {
  RedisClient& client = connection_->client;
  if (!client.open()) return std::nullopt;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    const std::string checkpoint = redis_key(connection_->servers, topic, partition, "ckpt");
    client.append(std::array<std::string_view, 3>{"HGET", checkpoint, "next"});
  }
  std::vector<std::int64_t> positions(static_cast<std::size_t>(partitions), -1);
  bool answered = true;
  for (std::int64_t& position : positions) {
    const RedisReply reply = client.next();
    if (!reply || client.is_refusal(*reply)) {
      answered = false;
      continue;
    }
    const std::string_view text = text_of(*reply);
    std::from_chars(text.data(), text.data() + text.size(), position);
  }
  if (!answered) return std::nullopt;
  return positions;
}

std::optional<RedisReader::Values> RedisReader::items(std::span<const ItemId> ids) {
  RedisClient& client = connection_->client;
  const std::string field = std::string(kPartitionsField) + std::string(topic::kItemSignals);
  const RedisReply said = client.ask({"HGET", meta_key(connection_->servers), field});
  if (!said || client.is_refusal(*said)) return std::nullopt;
  std::int32_t partitions = 0;
  if (said->type == REDIS_REPLY_STRING) {
    const std::string_view text = text_of(*said);
    std::from_chars(text.data(), text.data() + text.size(), partitions);
  }
  Values all;
  if (partitions <= 0) return all;  // no init ran here, and nothing is kept
  std::map<std::int32_t, std::vector<std::string>> keys;
  for (const ItemId id : ids) {
    const std::string key = item_key(id);
    const std::int32_t partition = partition_of(key, partitions);
    keys[partition].push_back(
        redis_key(connection_->servers, topic::kItemSignals, partition, "i:" + key));
  }
  for (const auto& [partition, of_partition] : keys) {
    auto values = read(of_partition);
    if (!values) return std::nullopt;
    std::ranges::move(*values, std::back_inserter(all));
  }
  return all;
}

}  // namespace segue::io
