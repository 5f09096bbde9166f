#include <gtest/gtest.h>

#include <stdexcept>

#include "core/io/kafka/kafka_producer.h"
#include "core/io/kafka/kafka_source.h"
#include "tests/io/servers.h"

namespace segue::io {
namespace {

using std::chrono::milliseconds;
using testing::kafka;
using testing::kPatience;
using testing::new_topic;
using testing::write;

// Records until it has caught up.
std::vector<KafkaTail::Tailed> catch_up(KafkaTail& tail) {
  std::vector<KafkaTail::Tailed> all;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!tail.caught_up() && std::chrono::steady_clock::now() < until) {
    for (auto& tailed : tail.poll(100, milliseconds(50))) all.push_back(std::move(tailed));
  }
  return all;
}

TEST(KafkaTail, has_caught_up_once_it_returned_all_that_was_there) {
  const std::string topic = new_topic("tail", 3);
  write(kafka(), topic, 0, 0, 500);
  write(kafka(), topic, 2, 0, 1);
  KafkaTail tail(kafka(), {topic}, KafkaTail::From::start);

  EXPECT_FALSE(tail.caught_up());
  EXPECT_EQ(tail.behind(), 501);
  EXPECT_EQ(catch_up(tail).size(), 501U);
  EXPECT_TRUE(tail.caught_up());
  EXPECT_EQ(tail.behind(), 0);
}

TEST(KafkaTail, of_an_empty_topic_has_caught_up_at_once) {
  KafkaTail tail(kafka(), {new_topic("empty", 2)}, KafkaTail::From::start);

  EXPECT_TRUE(tail.caught_up());
}

TEST(KafkaTail, from_the_end_returns_only_what_comes_later) {
  const std::string topic = new_topic("later", 1);
  write(kafka(), topic, 0, 0, 10);
  KafkaTail tail(kafka(), {topic}, KafkaTail::From::end);
  EXPECT_TRUE(tail.caught_up());

  write(kafka(), topic, 0, 10, 3);
  std::vector<std::string> values;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (values.size() < 3 && std::chrono::steady_clock::now() < until) {
    for (const auto& tailed : tail.poll(100, milliseconds(50))) {
      values.push_back(*tailed.record.value);
    }
  }

  EXPECT_EQ(values, (std::vector<std::string>{"10", "11", "12"}));
}

TEST(KafkaTail, names_the_topic_of_each_record) {
  const std::string a = new_topic("topic-a", 1);
  const std::string b = new_topic("topic-b", 2);
  write(kafka(), a, 0, 0, 2);
  write(kafka(), b, 1, 0, 3);
  KafkaTail tail(kafka(), {a, b}, KafkaTail::From::start);

  std::size_t of_a = 0;
  std::size_t of_b = 0;
  for (const auto& [topic, record] : catch_up(tail)) {
    of_a += topic == a ? 1 : 0;
    of_b += topic == b ? 1 : 0;
  }

  EXPECT_EQ(of_a, 2U);
  EXPECT_EQ(of_b, 3U);
}

// A transaction's end is an offset that no reader ever sees, as are those that compaction removed.
void write_transaction(const std::string& topic) {
  KafkaTrouble trouble;
  const KafkaHandle client = kafka_client(
      RD_KAFKA_PRODUCER,
      kafka_conf(kafka(), trouble, {{"transactional.id", testing::unique("transaction")}}));
  const auto check = [](rd_kafka_error_t* raised) {
    const KafkaError error(raised);
    if (error) throw std::runtime_error(rd_kafka_error_string(error.get()));
  };
  constexpr int kWaitMs = 30'000;
  check(rd_kafka_init_transactions(client.get(), kWaitMs));
  check(rd_kafka_begin_transaction(client.get()));
  const Publication publication{
      .topic = topic, .partition = 0, .key = "k", .value = "v", .headers = {}};
  ASSERT_EQ(produce(client.get(), "", publication, nullptr), RD_KAFKA_RESP_ERR_NO_ERROR);
  check(rd_kafka_commit_transaction(client.get(), kWaitMs));
  // The broker answers before the end stands in the log.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (kafka_watermarks(client.get(), topic, 0).high < 7 &&
         std::chrono::steady_clock::now() < until) {
  }
}

TEST(KafkaTail, catches_up_where_the_last_offset_is_no_record) {
  const std::string topic = new_topic("gap", 1);
  write(kafka(), topic, 0, 0, 5);
  write_transaction(topic);
  KafkaTail tail(kafka(), {topic}, KafkaTail::From::start);

  EXPECT_EQ(tail.behind(), 7);
  EXPECT_EQ(catch_up(tail).size(), 6U);
  EXPECT_TRUE(tail.caught_up());
}

}  // namespace
}  // namespace segue::io
