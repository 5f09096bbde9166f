#include "deploy/admin/init.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "core/event/topics.h"
#include "core/io/program.h"
#include "core/io/redis/redis_store.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/topic_settings.h"
#include "deploy/admin/topics.h"

namespace segue::admin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAskEvery{1'000};
constexpr std::chrono::milliseconds kNapForSignals{100};

void say(const std::string& line) { std::cout << line << std::endl; }

// Asks about once a second and says so. Throws when time is over or the program is to stop.
void wait_for(const std::string& what, const std::string& remedy, std::int64_t wait_s,
              const std::function<bool()>& answers) {
  const auto begin = Clock::now();
  auto next = begin;
  while (!io::Program::stopping()) {
    if (answers()) {
      say(what + " answers.");
      return;
    }
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin);
    if (waited.count() >= wait_s) break;
    say("Waiting for " + what + " (" + std::to_string(waited.count()) + " of " +
        std::to_string(wait_s) + " s).");
    next += kAskEvery;
    while (Clock::now() < next && !io::Program::stopping()) {
      std::this_thread::sleep_for(kNapForSignals);
    }
  }
  throw std::runtime_error(what + " does not answer: " + remedy);
}

void wait_for_both(const Config& config) {
  const std::int64_t wait_s = config.admin.wait_s;
  wait_for("Kafka at " + config.kafka.brokers, "start it, or set kafka.brokers.", wait_s,
           [&] { return kafka_answers(config.kafka, kAskEvery); });
  wait_for("Redis at " + config.redis.address, "start it, or set redis.address.", wait_s,
           [&] { return io::redis_answers(config.redis); });
}

bool is_input(const Topic& topic) {
  return std::ranges::find(topic::kInputs, topic.name) != topic::kInputs.end();
}

void refuse_foreign_state(const RedisConfig& redis, const std::vector<Topic>& missing) {
  for (const Topic& topic : missing) {
    if (!is_input(topic) || !io::has_state(redis, topic.name, topic.partitions)) continue;
    throw std::runtime_error("Kafka has no topic " + topic.name + ", but Redis at " +
                             redis.address +
                             " holds state that was made from it: connect to the Kafka it "
                             "belongs to, or start with an empty Redis.");
  }
}

void check_settings(const KafkaConfig& kafka, std::vector<Topic> topics,
                    const std::vector<Topic>& missing) {
  std::erase_if(topics, [&](const Topic& topic) {
    return std::ranges::find(missing, topic.name, &Topic::name) != missing.end();
  });
  const std::string unasked = check_topic_settings(kafka, topics);
  if (!unasked.empty()) say("Kafka does not tell its topics' settings: " + unasked + ".");
}

std::string random_hex() {
  std::random_device device;
  std::ostringstream text;
  for (int i = 0; i < 4; ++i) {
    text.width(8);
    text.fill('0');
    text << std::hex << device();
  }
  return text.str();
}

io::Meta meta_of(const KafkaConfig& kafka, const std::vector<Topic>& topics,
                 const std::vector<Topic>& missing) {
  io::Meta meta{.library_version = std::string(io::kFunctionsVersion),
                .state_schema = io::kStateSchema,
                .incarnation = {},
                .partitions = {},
                .topics_prefix = kafka.prefix,
                .begins_at = kafka.begins_at,
                .moved_to = {}};
  if (std::ranges::any_of(missing, is_input)) meta.incarnation = random_hex();
  for (const Topic& topic : topics) meta.partitions.emplace_back(topic.name, topic.partitions);
  return meta;
}

void say_topics(const KafkaConfig& kafka, const std::vector<Topic>& topics,
                const std::vector<Topic>& created) {
  for (const Topic& topic : topics) {
    const bool is_new = std::ranges::find(created, topic.name, &Topic::name) != created.end();
    say((is_new ? "Created " : "Found ") + kafka.prefix + topic.name + " with " +
        std::to_string(topic.partitions) + " partitions.");
  }
}

}  // namespace

int init(const Config& config) {
  const std::vector<Topic> topics = read_topics(topics_path(config.admin));
  const std::string functions = functions_text(config.admin);
  wait_for_both(config);

  const std::vector<Topic> missing = missing_topics(config.kafka, topics);
  check_settings(config.kafka, topics, missing);
  refuse_foreign_state(config.redis, missing);
  // Redis first: a new log must not exist, however briefly, under the old one's incarnation.
  io::initialise(config.redis, functions, meta_of(config.kafka, topics, missing));
  say("Loaded the Redis functions, version " + std::string(io::kFunctionsVersion) + ".");
  // Only when needed: an in-memory broker does not answer this request.
  if (!missing.empty()) create_topics(config.kafka, missing, config.admin.replication);
  say_topics(config.kafka, topics, missing);

  const auto meta = io::initialised(config.redis);
  if (meta)
    say("State has schema " + std::to_string(meta->state_schema) + ", log " + meta->incarnation +
        ".");
  return 0;
}

}  // namespace segue::admin
