#include "deploy/admin/lag.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "core/event/topics.h"
#include "core/io/clock.h"
#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "core/io/redis/redis_store.h"
#include "core/time.h"
#include "core/wire/json_text.h"

namespace segue::admin {
namespace {

// Kept for readers that store no checkpoint: how much is there, by topic.
constexpr std::array kKept = {topic::kGenerationResults, topic::kGenerationDecisions,
                              topic::kDeadLetters};
constexpr std::chrono::milliseconds kOldestPoll{200};
// Where so long nothing comes there is nothing to read: a marker of a transaction, perhaps.
constexpr std::chrono::seconds kOldestWait{3};

struct PartitionLag {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t end = 0;
  std::int64_t checkpoint = -1;  // -1: nothing was ever applied
  std::int64_t waiting = 0;
  std::optional<std::int64_t> age_s;  // of the oldest that waits, if it can be read
};

std::optional<std::int64_t> age_of(const KafkaConfig& kafka, const PartitionLag& lag) {
  const auto until = std::chrono::steady_clock::now() + kOldestWait;
  io::KafkaTail tail(kafka, std::string(lag.topic), {lag.partition, lag.end - lag.waiting});
  while (!io::Program::stopping() && std::chrono::steady_clock::now() < until) {
    const auto read = tail.poll(1, kOldestPoll);
    if (read.empty()) continue;
    return std::max<Micros>((wall_clock() - read.front().record.timestamp) / kSecond, 0);
  }
  return std::nullopt;
}

void print(const PartitionLag& lag, bool json) {
  if (!json) {
    std::cout << lag.topic << "/" << lag.partition << ": ends at " << lag.end << ", "
              << (lag.checkpoint < 0 ? "no checkpoint"
                                     : "checkpoint " + std::to_string(lag.checkpoint))
              << ", " << lag.waiting << " waiting";
    if (lag.age_s) std::cout << ", the oldest for " << *lag.age_s << " s";
    std::cout << std::endl;
    return;
  }
  std::string line;
  json::ObjectWriter object(line);
  object.text("topic", lag.topic);
  object.number("partition", std::int64_t{lag.partition});
  object.number("end", lag.end);
  if (lag.checkpoint >= 0) object.number("checkpoint", lag.checkpoint);
  object.number("waiting", lag.waiting);
  if (lag.age_s) object.number("oldest_age_s", *lag.age_s);
  object.close();
  std::cout << line << std::endl;
}

}  // namespace

namespace {

void print_kept(std::string_view topic, std::int32_t partitions, std::int64_t kept, bool json) {
  if (!json) {
    std::cout << topic << ": " << kept << " offsets kept in " << partitions << " partitions"
              << std::endl;
    return;
  }
  std::string line;
  json::ObjectWriter object(line);
  object.text("topic", topic);
  object.number("partitions", std::int64_t{partitions});
  object.number("kept", kept);
  object.close();
  std::cout << line << std::endl;
}

}  // namespace

int lag(const Config& config) {
  io::RedisStore(config.redis, topic::kEvents, nullptr).meta();  // throws where init has not run
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_CONSUMER, io::kafka_conf(config.kafka, trouble, {}));
  const io::KafkaMetadata metadata = io::kafka_metadata(client.get(), config.kafka);
  for (const std::string_view input : topic::kInputs) {
    const std::int32_t partitions = io::check_topic(*metadata, config.kafka, input, 0);
    for (std::int32_t p = 0; p < partitions && !io::Program::stopping(); ++p) {
      io::Watermarks marks =
          io::kafka_watermarks(client.get(), io::wire_topic(config.kafka, input), p);
      marks.low += config.kafka.begins_at;
      marks.high += config.kafka.begins_at;
      PartitionLag lag{.topic = input, .partition = p, .end = marks.high, .age_s = {}};
      lag.checkpoint = io::position_of(config.redis, input, p);
      lag.waiting = std::max<std::int64_t>(marks.high - std::max(lag.checkpoint, marks.low), 0);
      if (lag.waiting > 0) lag.age_s = age_of(config.kafka, lag);
      print(lag, config.admin.json);
    }
  }
  for (const std::string_view topic : kKept) {
    const std::int32_t partitions = io::check_topic(*metadata, config.kafka, topic, 0);
    std::int64_t kept = 0;
    for (std::int32_t p = 0; p < partitions && !io::Program::stopping(); ++p) {
      const io::Watermarks marks =
          io::kafka_watermarks(client.get(), io::wire_topic(config.kafka, topic), p);
      kept += marks.high - marks.low;
    }
    print_kept(topic, partitions, kept, config.admin.json);
  }
  return 0;
}

}  // namespace segue::admin
