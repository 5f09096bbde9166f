#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/io/health_server.h"
#include "core/io/kafka/kafka_source.h"

namespace segue::gateway {

namespace asio = boost::asio;

// Reads a whole topic, without a group, on a thread of its own and hands what comes to the network
// thread, a bounded number of records at a time.
class TailThread {
 public:
  using From = io::KafkaTail::From;
  using Take = std::function<void(const Record&)>;

  // `take` is called on the thread that runs `context`. `part` of the health is ready once what was
  // there at the start has been taken. Throws where Kafka does not answer or the topic is missing.
  TailThread(asio::io_context& context, const KafkaConfig& config, std::string_view topic,
             From from, io::Health& health, std::string part, Take take);
  ~TailThread();
  TailThread(const TailThread&) = delete;
  TailThread& operator=(const TailThread&) = delete;

  // Rethrows what ended the thread. The network thread's, as is all that follows.
  void check() const;
  // Whether what was there at the start has been taken.
  bool ready() const { return ready_; }

 private:
  void read();
  void hand_over(std::vector<io::KafkaTail::Tailed> records);

  asio::io_context& context_;
  io::Health& health_;
  const std::string part_;
  const Take take_;
  io::KafkaTail tail_;  // the thread's
  bool ready_ = false;  // the network thread's
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> handed_{0};  // batches on their way
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  // set before failed_
  std::thread thread_;
};

}  // namespace segue::gateway
