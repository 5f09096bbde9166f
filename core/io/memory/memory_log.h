#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/io/ports.h"

namespace segue::io {

// Kafka's twin in memory: topics of partitions of records. Shared by the sources and sinks of one
// thread; says nothing about groups: a test assigns partitions itself.
class MemoryLog {
 public:
  // An empty topic, also where there was one of that name. Requires: partitions > 0.
  void create(const std::string& topic, std::int32_t partitions);
  // Returns the offset. partition -1: Kafka's hash of the key, 0 without one.
  std::int64_t append(const Publication& publication, Micros now);
  // So many offsets at which nothing can be read, as a batch that does not decompress; a record
  // that is empty stands at each. Returns the first. Requires: offsets > 0.
  std::int64_t append_unreadable(const std::string& topic, std::int32_t partition,
                                 std::int64_t offsets, Micros now);
  // The unreadable batch at that offset and around it.
  std::optional<Unreadable> unreadable(const std::string& topic, std::int32_t partition,
                                       std::int64_t offset) const;
  const std::vector<Record>& partition(const std::string& topic, std::int32_t partition) const;
  std::int32_t partitions(const std::string& topic) const;

 private:
  using Ranges = std::map<std::int64_t, std::int64_t>;  // first -> next

  std::map<std::string, std::vector<std::vector<Record>>> topics_;
  std::map<std::string, std::map<std::int32_t, Ranges>> unreadable_;
};

class MemorySource final : public Source {
 public:
  MemorySource(const MemoryLog& log, std::string topic);
  // The next poll's report, as a group's rebalance would make it.
  void assign(std::int32_t partition);
  void revoke(std::int32_t partition);

  Polled poll(std::size_t records_max, std::chrono::milliseconds wait) override;
  void start(std::span<const PartitionOffset> partitions) override;
  void pause(std::int32_t partition) override { positions_.erase(partition); }
  Watermarks watermarks(std::int32_t partition) override;
  void hint(std::span<const PartitionOffset>) override {}

 private:
  const MemoryLog& log_;
  std::string topic_;
  Polled news_;
  std::map<std::int32_t, std::int64_t> positions_;
};

class MemorySink final : public Sink {
 public:
  MemorySink(MemoryLog& log, const Micros& now) : log_(log), now_(now) {}
  std::vector<Sent> publish(std::span<const Publication> publications) override;

 private:
  MemoryLog& log_;
  const Micros& now_;
};

}  // namespace segue::io
