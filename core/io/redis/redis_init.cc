#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>

#include "core/io/redis/redis_client.h"
#include "core/io/redis/redis_store.h"

namespace segue::io {
namespace {

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void must_be_answer(RedisClient& client, const RedisReply& reply) {
  if (!reply) client.fail_unanswered();
  if (client.is_refusal(*reply)) client.fail(std::string(client.trouble().what));
}

// The answer, or a line that says why there is none.
RedisReply answer(RedisClient& client, std::initializer_list<std::string_view> arguments) {
  RedisReply reply = client.ask(arguments);
  must_be_answer(client, reply);
  return reply;
}

// The same of each master.
void answers(RedisClient& client, std::initializer_list<std::string_view> arguments,
             const std::function<void(const redisReply&)>& take) {
  client.ask_masters(arguments, [&](const RedisReply& reply) {
    must_be_answer(client, reply);
    take(*reply);
  });
}

std::string random_hex() {
  std::random_device device;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(32, '0');
  for (char& digit : text) digit = kDigits[device() % kDigits.size()];
  return text;
}

// State that Redis may throw away behind our back would be lost without a word.
void check_policy(RedisClient& client, std::string_view info) {
  constexpr std::string_view kField = "maxmemory_policy:";
  const std::size_t at = info.find(kField);
  if (at == std::string_view::npos) return;
  const std::size_t begin = at + kField.size();
  const std::string_view policy = info.substr(begin, info.find_first_of("\r\n", begin) - begin);
  if (policy != "noeviction") {
    client.fail("maxmemory-policy is " + std::string(policy) +
                ", which drops state; set it to noeviction");
  }
}

void check_unchanged(RedisClient& client, const Meta& old, const Meta& wanted) {
  if (old.state_schema == 0) return;
  if (old.state_schema != wanted.state_schema) {
    client.fail("its state has schema " + std::to_string(old.state_schema) +
                ", this build writes " + std::to_string(wanted.state_schema) +
                "; use an empty Redis and replay the log");
  }
  if (old.topics_prefix != wanted.topics_prefix || old.begins_at != wanted.begins_at) {
    client.fail("its state was made with kafka.prefix \"" + old.topics_prefix +
                "\" and kafka.begins_at " + std::to_string(old.begins_at) + ", not \"" +
                wanted.topics_prefix + "\" and " + std::to_string(wanted.begins_at) +
                "; set both to those that belong together");
  }
  for (const auto& [topic, partitions] : wanted.partitions) {
    const auto found =
        std::ranges::find(old.partitions, topic, [](const auto& p) { return p.first; });
    if (found == old.partitions.end() || found->second == partitions) continue;
    client.fail("its state was made for " + std::to_string(found->second) + " partitions of " +
                topic + ", not " + std::to_string(partitions) +
                "; segue-admin reshard changes the number");
  }
}

void load_functions(RedisClient& client, std::string_view source) {
  answers(client, {"FUNCTION", "LOAD", "REPLACE", source}, [](const redisReply&) {});
  answers(client, {"FCALL_RO", "sg_version", "0"}, [&](const redisReply& version) {
    if (text_of(version) == kFunctionsVersion) return;
    client.fail("the functions just loaded have version " + std::string(text_of(version)) +
                ", this build calls " + std::string(kFunctionsVersion) + "; see admin.functions");
  });
}

void check_slots(RedisClient& client) {
  if (!client.open()) client.fail_unanswered();
  if (client.unserved() == 0) return;
  client.fail("no master of the cluster serves " + std::to_string(client.unserved()) +
              " of its 16384 slots; run redis-cli --cluster check");
}

// Empty where a master has no functions; fails where two masters have different ones.
std::string functions_version(RedisClient& client) {
  std::optional<std::string> all;
  client.ask_masters({"FCALL_RO", "sg_version", "0"}, [&](const RedisReply& reply) {
    const bool missing = reply && reply->type == REDIS_REPLY_ERROR &&
                         text_of(*reply).find("Function not found") != std::string_view::npos;
    if (!missing) must_be_answer(client, reply);
    const std::string version(missing ? std::string_view() : text_of(*reply));
    if (!all || version.empty() || version != kFunctionsVersion) all = version;
  });
  return all.value_or("");
}

}  // namespace

std::string meta_key(const RedisConfig& config) { return config.prefix + std::string(kMetaKey); }

std::string moved_away(const Meta& meta) {
  return "its state was moved by segue-admin reshard: set kafka.prefix and redis.prefix to " +
         meta.moved_to + " and kafka.begins_at as that said";
}

Meta read_meta(RedisClient& client, const RedisConfig& config) {
  check_slots(client);
  Meta meta;
  meta.library_version = functions_version(client);
  const RedisReply fields = answer(client, {"HGETALL", meta_key(config)});
  for (std::size_t i = 0; i + 1 < fields->elements; i += 2) {
    const std::string_view name = text_of(*fields->element[i]);
    const std::string_view value = text_of(*fields->element[i + 1]);
    if (name == "schema") meta.state_schema = number_of<std::int32_t>(value);
    if (name == "incarnation") meta.incarnation = value;
    if (name == "topics_prefix") meta.topics_prefix = value;
    if (name == "begins_at") meta.begins_at = number_of<std::int64_t>(value);
    if (name == "incomplete") meta.incomplete = true;
    if (name == "moved_to") meta.moved_to = value;
    if (name.starts_with(kPartitionsField)) {
      meta.partitions.emplace_back(name.substr(kPartitionsField.size()),
                                   number_of<std::int32_t>(value));
    }
  }
  std::ranges::sort(meta.partitions);
  return meta;
}

void initialise(const RedisConfig& config, std::string_view functions_source, const Meta& meta) {
  RedisClient client(config);
  answers(client, {"INFO", "memory"},
          [&](const redisReply& info) { check_policy(client, text_of(info)); });
  const Meta old = read_meta(client, config);
  if (old.incomplete && !meta.incomplete) client.fail(std::string(kIncomplete));
  if (!old.moved_to.empty()) client.fail(moved_away(old));
  if (!old.incomplete) check_unchanged(client, old, meta);
  load_functions(client, functions_source);

  std::string incarnation = meta.incarnation;
  if (incarnation.empty()) incarnation = old.incarnation;
  if (incarnation.empty()) incarnation = random_hex();
  std::vector<std::string> fields = {"HSET",          meta_key(config),
                                     "schema",        std::to_string(meta.state_schema),
                                     "incarnation",   incarnation,
                                     "topics_prefix", meta.topics_prefix,
                                     "begins_at",     std::to_string(meta.begins_at)};
  if (meta.incomplete) fields.insert(fields.end(), {"incomplete", "1"});
  for (const auto& [topic, partitions] : meta.partitions) {
    fields.push_back(std::string(kPartitionsField) + topic);
    fields.push_back(std::to_string(partitions));
  }
  if (!client.open()) client.fail_unanswered();
  client.append(std::vector<std::string_view>(fields.begin(), fields.end()));
  must_be_answer(client, client.next());
}

std::optional<Meta> initialised(const RedisConfig& config) {
  RedisClient client(config);
  Meta meta = read_meta(client, config);
  if (meta.state_schema == 0) return std::nullopt;
  return meta;
}

namespace {

std::int64_t position_of(RedisClient& client, const RedisConfig& config, std::string_view topic,
                         std::int32_t partition) {
  const std::string checkpoint = redis_key(config, topic, partition, "ckpt");
  const RedisReply next = answer(client, {"HGET", checkpoint, "next"});
  return next->type == REDIS_REPLY_STRING ? number_of<std::int64_t>(text_of(*next)) : -1;
}

}  // namespace

bool has_state(const RedisConfig& config, std::string_view topic, std::int32_t partitions) {
  RedisClient client(config);
  for (std::int32_t p = 0; p < partitions; ++p) {
    if (position_of(client, config, topic, p) >= 0) return true;
  }
  return false;
}

std::int64_t position_of(const RedisConfig& config, std::string_view topic,
                         std::int32_t partition) {
  RedisClient client(config);
  return position_of(client, config, topic, partition);
}

bool redis_answers(const RedisConfig& config) {
  RedisClient client(config);
  if (client.answers()) return true;
  if (client.trouble().refused) client.fail_unanswered();
  return false;
}

}  // namespace segue::io
