#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/config.h"
#include "core/io/ports.h"

namespace segue::io {

// Where the logs of a topic end, and how old a record is, asked over clients of its own so that
// nothing waits behind it. For watching only. One thread.
class KafkaEnds {
 public:
  KafkaEnds(const KafkaConfig& config, std::string_view topic);
  ~KafkaEnds();
  KafkaEnds(const KafkaEnds&) = delete;
  KafkaEnds& operator=(const KafkaEnds&) = delete;

  // None: the broker does not answer within a second.
  std::optional<Watermarks> of(std::int32_t partition);

  struct Look {
    bool known = false;  // false: nothing came within a second, or it cannot be read
    // Kafka's of the first record from there on, microseconds; none: there is no record up to the
    // log's end.
    std::optional<Micros> timestamp;
  };
  Look look(std::int32_t partition, std::int64_t offset);

 private:
  struct Clients;
  std::unique_ptr<Clients> clients_;
};

}  // namespace segue::io
