#include "deploy/admin/broker.h"

#include <librdkafka/rdkafka.h>
// Not by itself: it asks for the other first.
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "core/io/kafka/kafka_client.h"
#include "core/io/program.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/topics_file.h"

namespace segue::admin {
namespace {

constexpr std::chrono::milliseconds kNapForSignals{100};

struct ClusterDestroy {
  void operator()(rd_kafka_mock_cluster_t* cluster) const {
    rd_kafka_mock_cluster_destroy(cluster);
  }
};

}  // namespace

int broker(const Config& config) {
  io::KafkaTrouble trouble;
  // The cluster lives in a client, which itself connects nowhere.
  const io::KafkaHandle host = io::kafka_client(
      RD_KAFKA_PRODUCER, io::kafka_conf(config.kafka, trouble, {{"bootstrap.servers", ""}}));
  const std::unique_ptr<rd_kafka_mock_cluster_t, ClusterDestroy> cluster(
      rd_kafka_mock_cluster_new(host.get(), 1));
  if (!cluster) throw std::runtime_error("Cannot start the in-memory broker.");
  for (const Topic& topic : read_topics(topics_path(config.admin))) {
    const rd_kafka_resp_err_t error =
        rd_kafka_mock_topic_create(cluster.get(), topic.name.c_str(), topic.partitions, 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("The in-memory broker does not take " + topic.name + ": " +
                               rd_kafka_err2str(error));
    }
  }
  std::cout << R"({"brokers":")" << rd_kafka_mock_cluster_bootstraps(cluster.get()) << "\"}"
            << std::endl;
  while (!io::Program::stopping()) std::this_thread::sleep_for(kNapForSignals);
  return 0;
}

}  // namespace segue::admin
