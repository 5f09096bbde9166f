#include "deploy/admin/topics.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/io/kafka/kafka_client.h"

namespace segue::admin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCreateWaitMs = 30'000;
// After a creation the brokers' metadata follows in milliseconds; asked again so often.
constexpr std::chrono::milliseconds kShownEvery{50};
constexpr std::chrono::seconds kShownWait{30};
// With so many replicas a write needs two of them; with fewer it could not survive one's restart.
constexpr std::int64_t kReplicasForTwo = 3;

struct TopicDestroy {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
};
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, TopicDestroy>;

NewTopic new_topic(const KafkaConfig& kafka, const Topic& topic, std::int64_t replication) {
  std::string error(512, '\0');
  NewTopic made(rd_kafka_NewTopic_new(io::wire_topic(kafka, topic.name).c_str(), topic.partitions,
                                      static_cast<int>(replication), error.data(), error.size()));
  if (!made) throw std::runtime_error("Topic " + topic.name + ": " + error.c_str());
  for (const auto& [name, value] : topic.config) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  if (replication >= kReplicasForTwo) {
    rd_kafka_NewTopic_set_config(made.get(), "min.insync.replicas", "2");
  }
  return made;
}

void check_created(rd_kafka_event_t& event) {
  if (rd_kafka_event_error(&event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(std::string("Kafka did not create the topics: ") +
                             rd_kafka_event_error_string(&event) + ".");
  }
  const auto* result = rd_kafka_event_CreateTopics_result(&event);
  std::size_t count = 0;
  const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(topics[i]);
    throw std::runtime_error("Kafka did not create " +
                             std::string(rd_kafka_topic_result_name(topics[i])) + ": " +
                             (text != nullptr ? text : rd_kafka_err2str(error)) +
                             " See admin.replication and admin.topics.");
  }
}

void request_creation(rd_kafka_t* client, const KafkaConfig& kafka, std::span<const Topic> topics,
                      std::int64_t replication) {
  std::vector<NewTopic> owners;
  std::vector<rd_kafka_NewTopic_t*> wanted;
  for (const Topic& topic : topics) {
    wanted.push_back(owners.emplace_back(new_topic(kafka, topic, replication)).get());
  }
  const std::unique_ptr<rd_kafka_AdminOptions_t, TopicDestroy> options(
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::string error(512, '\0');
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kCreateWaitMs, error.data(),
                                              error.size());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kCreateWaitMs, error.data(),
                                            error.size());
  const std::unique_ptr<rd_kafka_queue_t, TopicDestroy> queue(rd_kafka_queue_new(client));
  rd_kafka_CreateTopics(client, wanted.data(), wanted.size(), options.get(), queue.get());
  const std::unique_ptr<rd_kafka_event_t, TopicDestroy> event(
      rd_kafka_queue_poll(queue.get(), 2 * kCreateWaitMs));
  if (!event) throw std::runtime_error("Kafka does not answer the request to create topics.");
  check_created(*event);
}

}  // namespace

void create_topics(const KafkaConfig& kafka, std::span<const Topic> topics,
                   std::int64_t replication) {
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(kafka, trouble, {}));
  request_creation(client.get(), kafka, topics, replication);
  const auto until = Clock::now() + kShownWait;
  const auto shown = [&](const io::KafkaMetadata& metadata) {
    return std::ranges::all_of(topics, [&](const Topic& topic) {
      return io::partition_count(*metadata, io::wire_topic(kafka, topic.name)) == topic.partitions;
    });
  };
  while (!shown(io::kafka_metadata(client.get(), kafka))) {
    if (Clock::now() > until) {
      throw std::runtime_error("Kafka took the new topics but does not show them.");
    }
    std::this_thread::sleep_for(kShownEvery);
  }
}

bool kafka_answers(const KafkaConfig& kafka, std::chrono::milliseconds wait) {
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(kafka, trouble, {}));
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client.get(), 1, nullptr, &metadata, static_cast<int>(wait.count()));
  rd_kafka_poll(client.get(), 0);  // the log says what was refused
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  return io::KafkaMetadata(metadata)->broker_cnt > 0;
}

std::vector<Topic> missing_topics(const KafkaConfig& kafka, std::span<const Topic> topics) {
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(kafka, trouble, {}));
  const io::KafkaMetadata metadata = io::kafka_metadata(client.get(), kafka);
  std::vector<Topic> missing;
  for (const Topic& topic : topics) {
    const std::int32_t found = io::partition_count(*metadata, io::wire_topic(kafka, topic.name));
    if (found == 0) {
      missing.push_back(topic);
    } else if (found != topic.partitions) {
      throw std::runtime_error("Topic " + io::wire_topic(kafka, topic.name) +
                               " at kafka.brokers=" + kafka.brokers + " has " +
                               std::to_string(found) + " partitions, admin.topics says " +
                               std::to_string(topic.partitions) +
                               ": correct the file, or move the state with "
                               "segue-admin reshard.");
    }
  }
  return missing;
}

}  // namespace segue::admin
