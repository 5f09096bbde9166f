#include "core/io/kafka/kafka_ends.h"

#include <chrono>

#include "core/io/kafka/kafka_client.h"

namespace segue::io {
namespace {

constexpr int kWaitMs = 1'000;
constexpr int kEndsPollMs = 50;

}  // namespace

struct KafkaEnds::Clients : KafkaTrouble {
  Clients(const KafkaConfig& config, std::string_view topic_name)
      : topic(wire_topic(config, topic_name)),
        begins_at(config.begins_at),
        client(kafka_client(RD_KAFKA_CONSUMER,
                            kafka_conf(config, *this,
                                       {{"group.id", "segue-ends"},  // required, never joined
                                        {"enable.auto.commit", "false"},
                                        {"enable.auto.offset.store", "false"},
                                        {"auto.offset.reset", "error"},
                                        {"isolation.level", "read_uncommitted"},
                                        {"enable.partition.eof", "true"},
                                        {"fetch.wait.max.ms", "20"},
                                        // One record is enough; the broker sends a whole batch. A
                                        // marker counts as one until it is passed over, and a full
                                        // queue makes librdkafka wait a second before it goes on.
                                        {"fetch.message.max.bytes", "1024"},
                                        {"queued.min.messages", "100"}}))) {
    rd_kafka_poll_set_consumer(client.get());
  }

  void assign(std::int32_t partition, std::int64_t offset) const {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    rd_kafka_assign(client.get(), list.get());
  }

  const std::string topic;
  const std::int64_t begins_at;
  KafkaHandle client;  // last: its callbacks use the rest
};

KafkaEnds::KafkaEnds(const KafkaConfig& config, std::string_view topic)
    : clients_(std::make_unique<Clients>(config, topic)) {}
KafkaEnds::~KafkaEnds() = default;

std::optional<Watermarks> KafkaEnds::of(std::int32_t partition) {
  const Clients& c = *clients_;
  const KafkaMessage passing(rd_kafka_consumer_poll(c.client.get(), 0));  // complaints pile up
  Watermarks marks;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      c.client.get(), c.topic.c_str(), partition, &marks.low, &marks.high, kWaitMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return Watermarks{.low = c.begins_at + marks.low, .high = c.begins_at + marks.high};
}

KafkaEnds::Look KafkaEnds::look(std::int32_t partition, std::int64_t offset) {
  const Clients& c = *clients_;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{kWaitMs};
  c.assign(partition, offset - c.begins_at);
  Look look;
  while (!look.known && std::chrono::steady_clock::now() < until) {
    const KafkaMessage message(rd_kafka_consumer_poll(c.client.get(), kEndsPollMs));
    if (!message || message->rkt == nullptr || message->partition != partition) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      look = {.known = true,
              .timestamp = rd_kafka_message_timestamp(message.get(), nullptr) * kMillisecond};
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      look.known = true;
    } else {
      break;  // the worker says what is wrong with it
    }
  }
  rd_kafka_assign(c.client.get(), nullptr);
  return look;
}

}  // namespace segue::io
