#include "core/io/kafka/kafka_figures.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::io {
namespace {

// As librdkafka 2.0.2 writes them, shortened.
const std::string kConsumer = R"({"name":"segue#consumer-2","type":"consumer","msg_cnt":0,"tx":40,
  "tx_bytes":1200,"rx":40,"rx_bytes":90000,"brokers":{
    "a:9092/1":{"txerrs":1,"rxerrs":2,"req_timeouts":3,"connects":4,"rtt":{"p99":1500}},
    "b:9092/2":{"txerrs":0,"rxerrs":0,"req_timeouts":1,"connects":1,"rtt":{"p99":250000}}},
  "topics":{"segue.events.v1":{"partitions":{"0":{"fetchq_cnt":7},"-1":{"fetchq_cnt":0},
    "3":{"fetchq_cnt":5}}}}})";

TEST(KafkaFigures, come_from_statistics_over_all_brokers) {
  const auto report = read_statistics(kConsumer);

  ASSERT_TRUE(report);
  EXPECT_EQ(report->role, KafkaRole::consumer);
  EXPECT_EQ(report->figures.requests, 40U);
  EXPECT_EQ(report->figures.failed, 3U);
  EXPECT_EQ(report->figures.timed_out, 4U);
  EXPECT_EQ(report->figures.connects, 5U);
  EXPECT_EQ(report->figures.waiting, 12);
  EXPECT_DOUBLE_EQ(report->figures.round_trip_seconds, 0.25);
}

TEST(KafkaFigures, of_what_is_no_statistics_there_are_none) {
  EXPECT_FALSE(read_statistics("{"));
  EXPECT_FALSE(read_statistics("[]"));
  EXPECT_FALSE(read_statistics("{}"));
}

TEST(KafkaFigures, a_client_that_ends_takes_what_waits_with_it) {
  constexpr auto kProducer = static_cast<std::size_t>(KafkaRole::producer);
  const auto before = kafka_figures()[kProducer].value_or(KafkaFigures{});
  {
    KafkaShare share;
    share.note({.role = KafkaRole::producer, .figures = {.requests = 5, .waiting = 3}});
    share.note({.role = KafkaRole::producer, .figures = {.requests = 9, .waiting = 2}});
    EXPECT_EQ(kafka_figures()[kProducer]->waiting - before.waiting, 2);
  }

  EXPECT_EQ(kafka_figures()[kProducer]->waiting, before.waiting);
  EXPECT_EQ(kafka_figures()[kProducer]->requests - before.requests, 9U);
}

}  // namespace
}  // namespace segue::io
