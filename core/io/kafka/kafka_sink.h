#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/config.h"
#include "core/io/ports.h"

namespace segue::io {

// One producer (acks=all, murmur2_random). A report counts only with no error and an offset >= 0;
// anything else is sent again until kafka.publish_timeout_ms, then reported unknown; soon after
// `stop`, which outlives it, is set. A broker refuses a batch as a whole: what it finds too large
// is sent again by itself before it counts as refused.
class KafkaSink final : public Sink {
 public:
  explicit KafkaSink(const KafkaConfig& config, const std::atomic<bool>* stop = nullptr);
  ~KafkaSink() override;
  std::vector<Sent> publish(std::span<const Publication> publications) override;

 private:
  struct Producer;
  std::unique_ptr<Producer> producer_;
};

// For producers that do not wait for each record (replay, load): bounded queue, reports counted.
// One thread.
class KafkaStream {
 public:
  explicit KafkaStream(const KafkaConfig& config);
  ~KafkaStream();
  // Waits while the queue is full.
  void send(const Publication& publication);
  // Serves delivery reports; returns at once with wait 0.
  void serve(std::chrono::milliseconds wait);
  // Waits until all is reported or the time is over; returns how many are still out.
  std::size_t flush(std::chrono::milliseconds wait);
  std::uint64_t delivered() const;
  std::uint64_t failed() const;  // reported with an error, or without an offset

 private:
  struct Producer;
  std::unique_ptr<Producer> producer_;
};

}  // namespace segue::io
