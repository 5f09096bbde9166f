#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/time.h"

namespace segue {

enum class PartitionState : std::uint8_t {
  ok,       // nothing waits for five seconds
  slow,     // records wait longer, and the checkpoint moves
  stalled,  // records wait and the checkpoint has not moved for five seconds
  stopped,  // the same for thirty: no worker owns it, or none gets on
};

// How far behind its log a partition is, as its listeners feel it.
struct Lag {
  std::int32_t partition = 0;
  std::int64_t events = 0;  // records between the checkpoint and the log's end
  double seconds = 0;       // age of the oldest of them, 0: none waits
  PartitionState state = PartitionState::ok;
};

// Lag of the partitions of one topic, computed from two numbers that are observed once a second: a
// log's end and the checkpoint's position. It asks no worker, so a worker that waits, hangs or is
// gone hides nothing. The age of the oldest waiting record is exact to a second (in an outage of
// hours to 1/256 of it) while the end was seen passing it, and else what looking at the record
// said. Bounded: kSeenMax ends a partition. One thread.
class LagBook {
 public:
  static constexpr std::size_t kSeenMax = 512;
  static constexpr Micros kStalledAfter = 5 * kSecond;
  static constexpr Micros kStoppedAfter = 30 * kSecond;
  static constexpr Micros kSlowAfter = 5 * kSecond;

  // `end`: the offset of the next record to be written; `next`: the checkpoint. `elapsed`: of a
  // clock that is never set back.
  void observe(std::int32_t partition, std::int64_t end, std::int64_t next, Micros elapsed);

  // Offsets at which reading the oldest waiting record would say what was not seen: its age, or
  // that no record waits at all, only markers of transactions. Each is named until it was looked
  // at.
  std::vector<std::pair<std::int32_t, std::int64_t>> to_look_at(Micros elapsed) const;
  // `age`: of the record at or after `next`; none: up to the end that was seen there is no record.
  void looked(std::int32_t partition, std::int64_t next, std::optional<Micros> age, Micros elapsed);

  // All partitions observed so far.
  std::vector<Lag> lags(Micros elapsed) const;

 private:
  struct Partition {
    std::int64_t end = -1;
    std::int64_t next = -1;
    Micros moved = 0;                                  // when `next` was first seen where it is
    std::deque<std::pair<Micros, std::int64_t>> seen;  // when which end past `next` was first seen
    Micros apart = 0;                                  // at least, of those but the last
    bool whole = false;                                // `seen` tells when the oldest one came
    std::optional<std::int64_t> looked_at;             // `next` at that time
    std::optional<Micros> born;                        // of the record there, by `elapsed`
    std::int64_t markers_end = -1;                     // from `next` to there is no record
  };
  static void saw(Partition& at, std::int64_t end, Micros elapsed);
  static std::int64_t waiting(const Partition& at);
  static Micros age(const Partition& at, Micros elapsed);

  std::map<std::int32_t, Partition> partitions_;
};

}  // namespace segue
