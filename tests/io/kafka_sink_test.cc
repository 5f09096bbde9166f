#include "core/io/kafka/kafka_sink.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/ids.h"
#include "core/io/kafka/kafka_source.h"
#include "tests/io/servers.h"

namespace segue::io {
namespace {

using testing::kafka;
using testing::kPatience;
using testing::new_topic;
using testing::unique;

std::vector<bool> in_log(const std::vector<Sent>& sent) {
  std::vector<bool> all;
  all.reserve(sent.size());
  for (const Sent& one : sent) all.push_back(one.in_log());
  return all;
}

std::vector<KafkaTail::Tailed> read_all(const std::string& topic) {
  KafkaTail tail(kafka(), {topic}, KafkaTail::From::start);
  std::vector<KafkaTail::Tailed> all;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!tail.caught_up() && std::chrono::steady_clock::now() < until) {
    for (auto& tailed : tail.poll(1'000, std::chrono::milliseconds(50))) {
      all.push_back(std::move(tailed));
    }
  }
  return all;
}

TEST(KafkaSink, reports_each_record_that_is_in_the_log) {
  const std::string topic = new_topic("sink", 4);
  KafkaSink sink(kafka());
  std::vector<Publication> publications;
  publications.reserve(500);
  for (int i = 0; i < 500; ++i) {
    publications.push_back({.topic = topic,
                            .partition = -1,
                            .key = "listener " + std::to_string(i),
                            .value = "list " + std::to_string(i),
                            .headers = {{"ce_id", "7"}, {"empty", ""}, {"ce_id", "8"}}});
  }

  const std::vector<bool> published = in_log(sink.publish(publications));
  const auto all = read_all(topic);

  EXPECT_EQ(published, std::vector<bool>(500, true));
  ASSERT_EQ(all.size(), 500U);
  for (const auto& [name, record] : all) {
    EXPECT_EQ(record.partition, partition_of(*record.key, 4)) << *record.key;
    EXPECT_EQ(record.headers, (std::vector<Header>{{"ce_id", "7"}, {"empty", ""}, {"ce_id", "8"}}));
  }
}

TEST(KafkaSink, writes_to_the_given_partition_and_tombstones_without_a_value) {
  const std::string topic = new_topic("given", 4);
  KafkaSink sink(kafka());
  const std::vector<Publication> publications = {
      {.topic = topic, .partition = 3, .key = std::nullopt, .value = "v", .headers = {}},
      {.topic = topic, .partition = 3, .key = "k", .value = std::nullopt, .headers = {}},
      {.topic = topic, .partition = 3, .key = "k", .value = "", .headers = {}}};

  EXPECT_EQ(in_log(sink.publish(publications)), std::vector<bool>(3, true));
  const auto all = read_all(topic);

  ASSERT_EQ(all.size(), 3U);
  for (const auto& [name, record] : all) EXPECT_EQ(record.partition, 3);
  EXPECT_EQ(all[0].record.key, std::nullopt);
  EXPECT_EQ(all[1].record.value, std::nullopt);
  EXPECT_EQ(all[2].record.value, "");
}

// Bytes that compression cannot make small.
std::string noise(std::size_t bytes) {
  static std::mt19937 random(1);
  std::string text(bytes, 'x');
  for (char& each : text) each = static_cast<char>(random());
  return text;
}

TEST(KafkaSink, a_record_that_no_broker_takes_is_refused_alone) {
  const std::string topic = new_topic("large", 1);
  KafkaSink sink(kafka());
  const std::vector<Publication> publications = {
      {.topic = topic, .partition = 0, .key = "a", .value = "small", .headers = {}},
      {.topic = topic, .partition = 0, .key = "b", .value = noise(2'000'000), .headers = {}},
      {.topic = topic, .partition = 0, .key = "c", .value = "small", .headers = {}}};

  const std::vector<Sent> sent = sink.publish(publications);

  EXPECT_EQ(in_log(sent), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(sent[1].fate, Sent::Fate::refused);
  EXPECT_NE(sent[1].why, "");
  EXPECT_TRUE(sink.publish(std::span(publications).first(1))[0].in_log());
}

TEST(KafkaSink, records_that_are_too_large_only_together_go_one_by_one) {
  const std::string topic = new_topic("together", 1, {{"max.message.bytes", "3000"}});
  KafkaConfig slowly = kafka();
  slowly.linger_ms = 200;  // so that they go in one batch
  KafkaSink sink(slowly);
  std::vector<Publication> publications;
  for (const std::size_t bytes : {2'000U, 2'000U, 5'000U, 2'000U}) {
    publications.push_back(
        {.topic = topic, .partition = 0, .key = "k", .value = noise(bytes), .headers = {}});
  }

  const std::vector<Sent> sent = sink.publish(publications);

  EXPECT_EQ(in_log(sent), (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(sent[2].fate, Sent::Fate::refused);
}

TEST(KafkaSink, nothing_to_publish_is_no_wait) {
  KafkaSink sink(kafka());

  EXPECT_TRUE(sink.publish({}).empty());
}

TEST(KafkaSink, a_topic_that_is_not_there_stops_the_program) {
  KafkaSink sink(kafka());
  const std::vector<Publication> publications = {
      {.topic = unique("missing"), .partition = -1, .key = "k", .value = "v", .headers = {}}};
  std::string message;

  try {
    sink.publish(publications);
  } catch (const std::runtime_error& e) {
    message = e.what();
  }

  EXPECT_NE(message.find("segue-admin init"), std::string::npos) << message;
}

TEST(KafkaStream, counts_what_was_delivered) {
  const std::string topic = new_topic("stream", 2);
  KafkaStream stream(kafka());

  for (int i = 0; i < 20'000; ++i) {
    stream.send({.topic = topic,
                 .partition = -1,
                 .key = std::to_string(i),
                 .value = std::string(100, 'v'),
                 .headers = {}});
  }

  EXPECT_EQ(stream.flush(kPatience), 0U);
  EXPECT_EQ(stream.delivered(), 20'000U);
  EXPECT_EQ(stream.failed(), 0U);
  EXPECT_EQ(read_all(topic).size(), 20'000U);
}

}  // namespace
}  // namespace segue::io
