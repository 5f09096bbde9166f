#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/ports.h"

namespace segue::io {

// A consumer group's member (cooperative-sticky). Nothing is stored or committed but by `hint`.
class KafkaSource final : public Source {
 public:
  // Throws std::runtime_error naming kafka.brokers (unreachable) or the topic (missing; wrong
  // number of partitions when `partitions` > 0) and the remedy.
  KafkaSource(const KafkaConfig& config, std::string_view group, std::string_view topic,
              std::int32_t partitions);
  ~KafkaSource() override;
  Polled poll(std::size_t records_max, std::chrono::milliseconds wait) override;
  void start(std::span<const PartitionOffset> partitions) override;
  void pause(std::int32_t partition) override;
  Watermarks watermarks(std::int32_t partition) override;
  // Where nothing but markers of transactions is left: the position.
  std::int64_t high_seen(std::int32_t partition) override;
  void hint(std::span<const PartitionOffset> partitions) override;

 private:
  struct Consumer;
  std::unique_ptr<Consumer> consumer_;
};

// Reads whole topics without a group: replicas and tails. Not a worker's source.
class KafkaTail {
 public:
  // Recent: the last kRecentMax records of each partition.
  enum class From { start, recent, end };
  // As many as a worker may have published of one partition and not stored: worker.batch_events_max
  // at its most.
  static constexpr std::int64_t kRecentMax = 1'024;
  KafkaTail(const KafkaConfig& config, std::vector<std::string> topics, From from);
  // One partition alone, from that offset on.
  KafkaTail(const KafkaConfig& config, std::string topic, PartitionOffset from);
  ~KafkaTail();
  struct Tailed {
    std::string_view topic;  // static text from core/event/topics.h
    Record record;
  };
  // Waits up to `wait` for the first, then takes what is there. One thread.
  std::vector<Tailed> poll(std::size_t records_max, std::chrono::milliseconds wait);
  // True once everything that was in the topics when this was made has been returned.
  bool caught_up() const;
  // Records still to come of those, for progress.
  std::int64_t behind() const;
  // As many as the topic had when this was made. Requires: it is read.
  std::int32_t partitions(std::string_view topic) const;

 private:
  struct Consumer;
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace segue::io
