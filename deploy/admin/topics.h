#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "core/config.h"
#include "deploy/admin/topics_file.h"

namespace segue::admin {

// Whether a broker answers within `wait`.
bool kafka_answers(const KafkaConfig& kafka, std::chrono::milliseconds wait);

// Those of `topics` that the brokers do not have. Throws std::runtime_error when no broker answers,
// or a topic has another number of partitions.
std::vector<Topic> missing_topics(const KafkaConfig& kafka, std::span<const Topic> topics);

// Creates them with so many replicas and waits until the brokers show all their partitions. Throws
// std::runtime_error with Kafka's reason; a topic that somebody else made meanwhile is fine.
void create_topics(const KafkaConfig& kafka, std::span<const Topic> topics,
                   std::int64_t replication);

}  // namespace segue::admin
