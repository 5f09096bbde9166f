#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/config.h"
#include "core/io/ports.h"

namespace segue::io {

// For whoever answers somebody only once a record is in the log. Unlike a KafkaSink it does not
// wait: reports come later, in any order. A record that was reported lost may still arrive.
class KafkaConfirmed {
 public:
  struct Report {
    std::uint64_t tag = 0;
    bool in_log = false;  // no error, and an offset
  };
  // Called on a thread of this object's own with what came together; must not block.
  using OnReports = std::function<void(std::vector<Report>)>;

  // Throws std::runtime_error naming kafka.brokers or the missing topic.
  KafkaConfirmed(const KafkaConfig& config, std::string_view topic, OnReports on_reports);
  ~KafkaConfirmed();
  KafkaConfirmed(const KafkaConfirmed&) = delete;
  KafkaConfirmed& operator=(const KafkaConfirmed&) = delete;

  // False: it was not taken (the queue is full, the record too large) and no report follows. Never
  // blocks. Thread-safe.
  bool send(const Publication& publication, std::uint64_t tag);
  // Throws std::runtime_error once the client can no longer go on. Thread-safe.
  void check() const;
  // How many partitions the topic had at the start.
  std::int32_t partitions() const;

 private:
  struct Producer;
  std::unique_ptr<Producer> producer_;
};

}  // namespace segue::io
