#include "tests/io/servers.h"

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>

#include "core/io/kafka/kafka_sink.h"
#include "deploy/admin/topics.h"

namespace segue::io::testing {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(std::string(name) +
                             " is not set: these tests need a server; tests/run starts them.");
  }
  return value;
}

}  // namespace

KafkaConfig kafka() {
  KafkaConfig config;
  config.brokers = variable("SEGUE_TEST_BROKERS");
  return config;
}

RedisConfig redis() {
  RedisConfig config;
  config.address = variable("SEGUE_TEST_REDIS");
  return config;
}

std::string functions() {
  std::ifstream file(SEGUE_FUNCTIONS, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string unique(const std::string& stem) {
  std::random_device device;
  std::ostringstream name;
  name << stem << '-' << std::hex << device() << device();
  return name.str();
}

std::string new_topic(const std::string& stem, std::int32_t partitions,
                      std::vector<std::pair<std::string, std::string>> config) {
  const std::vector<admin::Topic> topics = {
      {.name = unique(stem), .partitions = partitions, .config = std::move(config)}};
  admin::create_topics(kafka(), topics, 1);
  return topics.front().name;
}

void write(const KafkaConfig& config, const std::string& topic, std::int32_t partition,
           std::int64_t first, std::int64_t count) {
  KafkaStream stream(config);
  for (std::int64_t i = first; i < first + count; ++i) {
    stream.send({.topic = topic,
                 .partition = partition,
                 .key = "k" + std::to_string(i % 7),
                 .value = std::to_string(i),
                 .headers = {}});
  }
  if (stream.flush(kPatience) != 0 || stream.failed() != 0) {
    throw std::runtime_error("The test's records were not all delivered.");
  }
}

std::vector<std::int64_t> offsets_of(const std::vector<Record>& records) {
  std::vector<std::int64_t> offsets;
  offsets.reserve(records.size());
  for (const Record& record : records) offsets.push_back(record.offset);
  return offsets;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(last - first));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

}  // namespace segue::io::testing
