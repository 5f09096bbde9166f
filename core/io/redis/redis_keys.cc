#include "core/io/redis/redis_keys.h"

#include <algorithm>
#include <array>

namespace segue::io {
namespace {

constexpr std::string_view kScanCount = "500";

}  // namespace

RedisKeys::RedisKeys(const RedisConfig& config) : config_(config), client_(config) {}

void RedisKeys::begin() {
  if (!client_.open()) client_.fail_unanswered();
}

RedisReply RedisKeys::next() {
  RedisReply reply = client_.next();
  if (!reply) client_.fail_unanswered();
  if (client_.is_refusal(*reply)) client_.fail(std::string(client_.trouble().what));
  return reply;
}

void RedisKeys::each(const std::function<void(std::span<const std::string>)>& take) {
  begin();
  const std::string pattern = config_.prefix + "sg:{*";
  for (const RedisAddress& master : client_.masters()) {
    std::string cursor = "0";
    do {
      const std::array<std::string_view, 6> scan = {"SCAN",  cursor,  "MATCH",
                                                    pattern, "COUNT", kScanCount};
      const RedisReply reply = client_.ask_at(master, scan);
      if (!reply) client_.fail_unanswered();
      if (client_.is_refusal(*reply)) client_.fail(std::string(client_.trouble().what));
      if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        client_.fail("SCAN answered with something else");
      }
      cursor = text_of(*reply->element[0]);
      std::vector<std::string> keys;
      for (std::size_t i = 0; i < reply->element[1]->elements; ++i) {
        keys.emplace_back(text_of(*reply->element[1]->element[i]).substr(config_.prefix.size()));
      }
      if (!keys.empty()) take(keys);
    } while (cursor != "0");
  }
}

std::vector<RedisKeys::Entry> RedisKeys::read(std::span<const std::string> keys) {
  begin();
  for (const std::string& key : keys) {
    const std::string full = config_.prefix + key;
    client_.append(std::array<std::string_view, 2>{"GET", full});
    client_.append(std::array<std::string_view, 2>{"PTTL", full});
  }
  std::vector<Entry> entries;
  entries.reserve(keys.size());
  for (const std::string& key : keys) {
    const RedisReply value = next();
    const RedisReply ttl = next();
    // It may end between the two questions.
    constexpr long long kEnded = -2;
    if (value->type != REDIS_REPLY_STRING || ttl->integer == kEnded) continue;
    entries.push_back({.key = key,
                       .value = std::string(text_of(*value)),
                       .ttl_ms = ttl->integer >= 0 ? std::max(ttl->integer, 1LL) : -1});
  }
  return entries;
}

void RedisKeys::write(std::span<const Entry> entries) {
  begin();
  for (const Entry& entry : entries) {
    const std::string full = config_.prefix + entry.key;
    const std::string ttl = std::to_string(entry.ttl_ms);
    std::vector<std::string_view> command = {"SET", full, entry.value};
    if (entry.ttl_ms >= 0) command.insert(command.end(), {"PX", ttl});
    client_.append(command);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) next();
}

void RedisKeys::remove(std::span<const std::string> keys) {
  begin();
  for (const std::string& key : keys) {
    const std::string full = config_.prefix + key;
    client_.append(std::array<std::string_view, 2>{"UNLINK", full});
  }
  for (std::size_t i = 0; i < keys.size(); ++i) next();
}

std::vector<std::optional<std::string>> RedisKeys::fields(std::string_view key,
                                                          std::span<const std::string_view> names) {
  begin();
  const std::string full = config_.prefix + std::string(key);
  std::vector<std::string_view> command = {"HMGET", full};
  command.insert(command.end(), names.begin(), names.end());
  client_.append(command);
  const RedisReply reply = next();
  std::vector<std::optional<std::string>> found(names.size());
  for (std::size_t i = 0; i < names.size() && i < reply->elements; ++i) {
    const redisReply& value = *reply->element[i];
    if (value.type == REDIS_REPLY_STRING) found[i] = std::string(text_of(value));
  }
  return found;
}

void RedisKeys::set_meta(std::string_view field, std::string_view value) {
  begin();
  const std::string key = meta_key(config_);
  client_.append(std::array<std::string_view, 4>{"HSET", key, field, value});
  next();
}

void RedisKeys::remove_meta(std::string_view field) {
  begin();
  const std::string key = meta_key(config_);
  client_.append(std::array<std::string_view, 3>{"HDEL", key, field});
  next();
}

}  // namespace segue::io
