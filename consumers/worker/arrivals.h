#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/io/ports.h"
#include "core/result.h"

namespace segue {

// A record on its way through a worker, or offsets at which nothing can be read: then a record
// without key and value stands for them, with the reason why it is refused.
struct Arrival {
  Record record;
  std::int64_t next = 0;  // the first offset behind
  std::optional<Error> refused = {};

  std::int32_t partition() const { return record.partition; }
};

// The records of a poll, each partition by itself and in offset order.
std::vector<std::vector<Arrival>> by_partition(io::Polled polled);

// Records before the position are in the state.
void leave_out_done(std::vector<Arrival>& arrivals, std::int64_t position);

// Why a record is refused that does not stand on its key's partition (of so many): the state that
// it would change is another partition's. 0 partitions: senders choose.
std::optional<Error> misplaced(const Record& record, std::int32_t partitions);

// Where an arrival was refused, as its dead letter says.
std::string_view stage_of(Reason refused);

}  // namespace segue
