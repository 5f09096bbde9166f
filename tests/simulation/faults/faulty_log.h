#pragma once

#include <map>
#include <vector>

#include "core/io/kafka/kafka_producer.h"
#include "core/io/memory/memory_log.h"
#include "tests/simulation/faults/faults.h"

namespace segue::simulation {

// A broker that loses records, or only their reports, or takes them much later; some topics take
// no large ones.
class FaultyBroker {
 public:
  // As librdkafka's delivery report says it.
  struct Report {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::int64_t offset = 0;
  };
  FaultyBroker(io::MemoryLog& log, Faults& faults, const Micros& now)
      : log_(log), faults_(faults), now_(now) {}
  Report produce(const io::Publication& publication);

 private:
  io::MemoryLog& log_;
  Faults& faults_;
  const Micros& now_;
};

// The producer of a process that may die or sleep while it publishes.
class FaultySink final : public io::Sink {
 public:
  FaultySink(FaultyBroker& broker, Faults& faults) : broker_(broker), faults_(faults) {}
  std::vector<io::Sent> publish(std::span<const io::Publication> publications) override;
  // Publishes what was held back, where publishing comes last.
  void publish_held();

 private:
  io::Sent send(const io::Publication& publication);
  io::Sent send_until_reported(const io::Publication& publication);
  io::Sent send_in_two(const io::Publication& publication);

  FaultyBroker& broker_;
  Faults& faults_;
  std::vector<io::Publication> held_;
};

// A consumer whose fetches end anywhere, so that each life cuts batches in its own way.
class FaultySource final : public io::Source {
 public:
  FaultySource(io::MemorySource& source, Faults& faults,
               std::map<std::int32_t, std::int64_t>& committed)
      : source_(source), faults_(faults), committed_(committed) {}
  io::Polled poll(std::size_t records_max, std::chrono::milliseconds wait) override;
  void start(std::span<const io::PartitionOffset> partitions) override;
  void pause(std::int32_t partition) override { source_.pause(partition); }
  io::Watermarks watermarks(std::int32_t partition) override;
  std::int64_t high_seen(std::int32_t partition) override;
  void hint(std::span<const io::PartitionOffset> partitions) override;

 private:
  io::MemorySource& source_;
  Faults& faults_;
  std::map<std::int32_t, std::int64_t>& committed_;
};

}  // namespace segue::simulation
