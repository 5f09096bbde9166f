#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

#include "core/event/topics.h"
#include "core/io/clock.h"
#include "core/io/kafka/kafka_client.h"
#include "core/io/redis/redis_keys.h"
#include "core/io/redis/redis_store.h"
#include "core/io/settings/settings.h"
#include "core/io/settings/tls_files.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/reshard/move.h"
#include "deploy/admin/topics.h"

namespace segue::admin {
namespace {

constexpr int kGroupsWaitMs = 10'000;
// A worker that neither released its partition nor lives has not touched it for so long.
constexpr std::int64_t kFreshMs = 30'000;
// The new logs begin behind all old ones, at a number that people can read.
constexpr std::int64_t kRound = 1'000;
constexpr std::string_view kRemedy = ". Nothing was changed.";

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error(why + std::string(kRemedy));
}

std::int64_t now_ms() { return wall_clock() / kMillisecond; }

std::string place(std::string_view topic, std::int32_t partition) {
  return std::string(topic) + "/" + std::to_string(partition);
}

// The topics that a member of a consumer group has subscribed to; see Kafka's consumer protocol.
std::vector<std::string> subscriptions(const rd_kafka_group_member_info& member) {
  std::vector<std::string> topics;
  std::string_view bytes(static_cast<const char*>(member.member_metadata),
                         static_cast<std::size_t>(std::max(member.member_metadata_size, 0)));
  const auto number = [&bytes](std::size_t size) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size && i < bytes.size(); ++i) {
      value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    bytes.remove_prefix(std::min(size, bytes.size()));
    return value;
  };
  number(2);  // the version
  for (std::size_t left = number(4); left > 0 && !bytes.empty(); --left) {
    const std::size_t length = std::min(number(2), bytes.size());
    topics.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return topics;
}

struct GroupsDestroy {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

void must_have_no_members(rd_kafka_t* client, const KafkaConfig& kafka) {
  const rd_kafka_group_list* listed = nullptr;
  const auto error = rd_kafka_list_groups(client, nullptr, &listed, kGroupsWaitMs);
  const std::unique_ptr<const rd_kafka_group_list, GroupsDestroy> owner(listed);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || listed == nullptr) {
    refuse(std::string("Kafka does not say who works: ") + rd_kafka_err2str(error));
  }
  for (int g = 0; g < listed->group_cnt; ++g) {
    const rd_kafka_group_info& group = listed->groups[g];
    for (int m = 0; m < group.member_cnt; ++m) {
      const auto topics = subscriptions(group.members[m]);
      for (const std::string_view input : topic::kInputs) {
        if (std::ranges::find(topics, io::wire_topic(kafka, input)) == topics.end()) continue;
        refuse("The consumer group " + std::string(group.group) + " has " +
               std::to_string(group.member_cnt) + " members that read " +
               io::wire_topic(kafka, input) + ": stop all workers and gateways first");
      }
    }
  }
}

void must_have_no_owner(io::RedisKeys& keys, std::string_view topic, std::int32_t partition) {
  constexpr std::array<std::string_view, 3> kFields = {"token", "updated_ms", "owner"};
  const auto found = keys.fields("sg:{" + place(topic, partition) + "}:ckpt", kFields);
  if (!found[0] || found[0]->empty() || !found[1] || found[2] == "segue-admin reshard") return;
  const std::int64_t idle_ms = now_ms() - std::atoll(found[1]->c_str());
  if (idle_ms >= kFreshMs) return;
  refuse(place(topic, partition) + " was worked on " + std::to_string(idle_ms / 1'000) +
         " s ago by " + found[2].value_or("somebody") +
         " and not released: stop it, or wait half a minute after it died");
}

void must_have_read_all(const Move& move, std::string_view topic, std::int32_t partition,
                        const io::Watermarks& marks) {
  const std::int64_t at =
      io::position_of(move.from.redis, topic, partition);  // -1: it was never read
  const std::int64_t next = at < 0 ? marks.low : at;
  if (next >= marks.high) return;
  refuse(std::to_string(marks.high - next) + " records of " + place(topic, partition) +
         " wait: stop the gateways, let the workers read to the end, then stop them");
}

// Where all logs end, and that nothing waits in those whose state is moved.
void look_at_logs(Move& move, rd_kafka_t* client) {
  const KafkaConfig& kafka = move.from.kafka;
  std::int64_t last = 0;
  for (const auto& [topic, partitions] : move.was) {
    const std::string wire = io::wire_topic(kafka, topic);
    for (std::int32_t p = 0; p < partitions; ++p) {
      io::Watermarks marks = io::kafka_watermarks(client, wire, p);
      marks.low += kafka.begins_at;
      marks.high += kafka.begins_at;
      last = std::max(last, marks.high);
      move.ends[place(topic, p)] = marks.high;
      if (topic == topic::kEvents || topic == topic::kItemSignals) {
        must_have_read_all(move, topic, p, marks);
      } else if (topic == topic::kGenerationJobs) {
        const std::int64_t at = io::position_of(move.from.redis, topic, p);
        move.jobs_at[p] = at < 0 ? marks.low : at;
      }
    }
  }
  move.to.kafka.begins_at = (last / kRound + 1) * kRound;
}

void check_target(Move& move, const io::KafkaMetadata& metadata) {
  const auto there = io::initialised(move.to.redis);
  const std::string& prefix = move.to.redis.prefix;
  if (there && !there->incomplete) {
    refuse("There is a state under redis.prefix " + prefix + " already: choose another prefix");
  }
  move.again = there.has_value();
  if (!move.meta.moved_to.empty() && !(move.again && move.meta.moved_to == prefix)) {
    refuse("The state was moved to the prefix " + move.meta.moved_to + " already");
  }
  for (const Topic& topic : move.topics) {
    const std::string wire = io::wire_topic(move.to.kafka, topic.name);
    const std::int32_t found = io::partition_count(*metadata, wire);
    if (found != 0 && (!move.again || found != topic.partitions)) {
      refuse("There is a topic " + wire + " with " + std::to_string(found) +
             " partitions already: choose another prefix");
    }
  }
}

void check_prefixes(const Config& config) {
  const std::string& to = config.admin.to_prefix;
  if (to.empty()) throw io::SettingsError("admin.to_prefix: say under which prefix (--to-prefix)");
  io::check_prefix("admin.to_prefix", to);
  if (to == config.redis.prefix || to == config.kafka.prefix) {
    throw io::SettingsError("admin.to_prefix: the state stands under " + to + " already");
  }
}

}  // namespace

Move plan_move(const Config& config) {
  check_prefixes(config);
  Move move;
  move.from = move.to = config;
  move.to.kafka.prefix = move.to.redis.prefix = config.admin.to_prefix;
  move.topics = read_topics(topics_path(config.admin));
  const auto meta = io::initialised(config.redis);
  if (!meta)
    refuse("There is no state in Redis under redis.prefix \"" + config.redis.prefix + "\"");
  move.meta = *meta;
  if (meta->incomplete) refuse(std::string(io::kIncomplete));
  if (meta->topics_prefix != config.kafka.prefix || meta->begins_at != config.kafka.begins_at) {
    refuse("The state was made with kafka.prefix \"" + meta->topics_prefix +
           "\" and kafka.begins_at " + std::to_string(meta->begins_at) + ": set both");
  }
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(config.kafka, trouble, {}));
  const io::KafkaMetadata metadata = io::kafka_metadata(client.get(), config.kafka);
  for (const Topic& topic : move.topics) {
    move.will_be[topic.name] = topic.partitions;
    const auto stored = std::ranges::find(meta->partitions, topic.name,
                                          &std::pair<std::string, std::int32_t>::first);
    const std::int32_t partitions = stored == meta->partitions.end() ? 0 : stored->second;
    move.was[topic.name] = io::check_topic(*metadata, config.kafka, topic.name, partitions);
  }
  check_target(move, metadata);
  must_have_no_members(client.get(), config.kafka);
  io::RedisKeys keys(config.redis);
  for (const std::string_view input : topic::kInputs) {
    for (std::int32_t p = 0; p < move.was.at(std::string(input)); ++p) {
      must_have_no_owner(keys, input, p);
    }
  }
  look_at_logs(move, client.get());
  return move;
}

void must_be_quiet(const Move& move) {
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(move.from.kafka, trouble, {}));
  io::kafka_metadata(client.get(), move.from.kafka);
  for (const auto& [topic, partitions] : move.was) {
    for (std::int32_t p = 0; p < partitions; ++p) {
      const io::Watermarks marks =
          io::kafka_watermarks(client.get(), io::wire_topic(move.from.kafka, topic), p);
      const std::int64_t more =
          move.from.kafka.begins_at + marks.high - move.ends.at(place(topic, p));
      if (more <= 0) continue;
      throw std::runtime_error(std::to_string(more) + " records were written to " +
                               place(topic, p) +
                               " meanwhile: stop all workers and gateways, and run it again. The "
                               "state stays where it was.");
    }
  }
}

void Progress::show(std::string_view what, std::uint64_t done, bool ended) {
  constexpr std::int64_t kEveryMs = 1'000;
  if (!ended && now_ms() < quiet_until_ms_) return;
  quiet_until_ms_ = now_ms() + kEveryMs;
  const std::string number = std::to_string(done);
  say(json_ ? R"({"what":")" + std::string(what) + R"(","done":)" + number + R"(,"ended":)" +
                  (ended ? "true" : "false") + "}"
            : std::string(what) + ": " + number + (ended ? "." : " so far."));
}

}  // namespace segue::admin
