#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <optional>
#include <string>

namespace segue::io {

// Where record batches end in the log, asked of the partition's leader in Kafka's own protocol
// (Fetch, version 10): librdkafka hands out records only, and of a batch that it cannot read it
// does not say how far that goes. The batches' frames are read, never what is in them.
class KafkaBatches {
 public:
  // `client` knows the leaders and must outlive this.
  explicit KafkaBatches(rd_kafka_t* client) : client_(client) {}

  // The first offset behind the batch that holds `offset`; where that batch's frame is broken, the
  // first at which the broker finds another; the log's end if there is none. None: not known
  // now (the leader is away, or answers with an error that passes). Asks a few dozen times at most,
  // each time for three seconds at most.
  std::optional<std::int64_t> behind(const std::string& topic, std::int32_t partition,
                                     std::int64_t offset) const;

 private:
  rd_kafka_t* client_;
};

}  // namespace segue::io
