#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// Not by itself: it asks for the other first.
#include <librdkafka/rdkafka_mock.h>

#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "tests/io/servers.h"

// The adapters against librdkafka's in-memory broker, which demonstrations use. It needs no server,
// but takes some ten seconds to let a member join.
namespace segue::io {
namespace {

using std::chrono::milliseconds;

class MemoryBrokerTest : public ::testing::Test {
 protected:
  MemoryBrokerTest()
      : host_(
            kafka_client(RD_KAFKA_PRODUCER, kafka_conf({}, trouble_, {{"bootstrap.servers", ""}}))),
        cluster_(rd_kafka_mock_cluster_new(host_.get(), 1), rd_kafka_mock_cluster_destroy) {
    config_.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
    config_.fetch_wait_ms = 2;
    rd_kafka_mock_topic_create(cluster_.get(), "memory", 4, 1);
  }

  KafkaConfig config_;
  KafkaTrouble trouble_;
  KafkaHandle host_;
  std::unique_ptr<rd_kafka_mock_cluster_t, void (*)(rd_kafka_mock_cluster_t*)> cluster_;
};

TEST_F(MemoryBrokerTest, a_source_reads_what_a_sink_published) {
  KafkaSink sink(config_);
  KafkaSource source(config_, "group", "memory", 4);
  std::vector<Publication> publications;
  publications.reserve(100);
  for (int i = 0; i < 100; ++i) {
    publications.push_back({.topic = "memory",
                            .partition = i % 4,
                            .key = std::to_string(i),
                            .value = "v",
                            .headers = {{"ce_id", "1"}}});
  }

  for (const Sent& sent : sink.publish(publications)) EXPECT_TRUE(sent.in_log());
  const Polled joined =
      testing::poll_until(source, [](const Polled& all) { return all.assigned.size() == 4; });
  std::vector<PartitionOffset> from;
  for (const std::int32_t p : joined.assigned) {
    EXPECT_EQ(source.watermarks(p).high, 25);
    from.push_back({p, 5});
  }
  source.start(from);
  const Polled polled =
      testing::poll_until(source, [](const Polled& all) { return all.records.size() >= 80; });

  EXPECT_EQ(polled.records.size(), 80U);
}

TEST_F(MemoryBrokerTest, a_tail_catches_up_and_follows) {
  KafkaSink sink(config_);
  const std::vector<Publication> one = {
      {.topic = "memory", .partition = 2, .key = "k", .value = "v", .headers = {}}};
  sink.publish(one);
  KafkaTail tail(config_, {"memory"}, KafkaTail::From::start);

  std::size_t records = 0;
  const auto until = std::chrono::steady_clock::now() + testing::kPatience;
  while (!tail.caught_up() && std::chrono::steady_clock::now() < until) {
    records += tail.poll(100, milliseconds(50)).size();
  }
  EXPECT_EQ(records, 1U);

  sink.publish(one);
  while (records < 2 && std::chrono::steady_clock::now() < until) {
    records += tail.poll(100, milliseconds(50)).size();
  }
  EXPECT_EQ(records, 2U);
}

}  // namespace
}  // namespace segue::io
