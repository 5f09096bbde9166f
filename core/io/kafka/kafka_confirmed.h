#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/io/ports.h"

namespace segue::io {

// For programs that answer only once a record is in the log. Unlike a Sink it does not wait:
// reports come later, in any order. A record that was reported lost may still arrive.
class ConfirmedLog {
 public:
  struct Report {
    std::uint64_t tag = 0;
    bool in_log = false;       // no error, and an offset
    std::int64_t offset = -1;  // where it is, in the partition of its key
  };
  // Called with what came together, perhaps on another thread; must not block.
  using OnReports = std::function<void(std::vector<Report>)>;

  virtual ~ConfirmedLog() = default;
  // False: it was not taken (the queue is full, the record too large) and no report follows. Never
  // blocks. Thread-safe.
  virtual bool send(const Publication& publication, std::uint64_t tag) = 0;
  // Throws std::runtime_error once the log can no longer be written. Thread-safe.
  virtual void check() const = 0;
  // How many partitions the topic had at the start.
  virtual std::int32_t partitions() const = 0;
  // Which log it is: offsets of two clusters have nothing to do with each other.
  virtual const std::string& cluster() const = 0;
};

class KafkaConfirmed final : public ConfirmedLog {
 public:
  // Throws std::runtime_error naming kafka.brokers or the missing topic.
  KafkaConfirmed(const KafkaConfig& config, std::string_view topic, OnReports on_reports);
  ~KafkaConfirmed() override;
  bool send(const Publication& publication, std::uint64_t tag) override;
  void check() const override;
  std::int32_t partitions() const override;
  const std::string& cluster() const override;

 private:
  struct Producer;
  std::unique_ptr<Producer> producer_;
};

}  // namespace segue::io
