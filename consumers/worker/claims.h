#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "consumers/worker/retrying_store.h"
#include "consumers/worker/runtime.h"
#include "core/io/metrics/batch_report.h"
#include "core/io/ports.h"

namespace segue {

struct ClaimRules {
  std::string owner;                       // who claims, for a person reading the checkpoint
  Micros after_fenced = 4 * kSecond;       // past a heartbeat, before claiming again
  bool accept_trimmed_log = false;         // on a first run
  std::int64_t log_begins_at = 0;          // kafka.begins_at
  std::uint32_t attempts_before_care = 3;  // claims without progress before stepping one by one
  std::int64_t careful_events = 512;       // how many are then stepped one by one
};

// A partition that this worker owns, as the protocol sees it.
struct Claim {
  io::Fence fence;
  std::uint64_t batch = 0;     // last applied
  std::uint32_t attempts = 0;  // claims since the last progress
  std::int64_t careful = 0;    // events still to be stepped one by one
  std::int64_t stepping = -1;  // the offset that was being stepped when the last owner died
  std::uint32_t marks = 0;     // how often it was
};

// Which partitions this worker owns and from where it reads them: the claiming half of the
// protocol. A partition is claimed when it is assigned, and again when it was lost to somebody
// else or to a Redis that went back in time.
class Claims {
 public:
  Claims(io::Source& source, RetryingStore& store, const Runtime& runtime, ClaimRules rules);

  void assigned(std::int32_t partition);
  // Hands the partition back in good order.
  void revoked(std::int32_t partition);
  // Somebody else holds it: stop, and claim again later if it is still assigned then.
  void fenced(std::int32_t partition);
  // The state is elsewhere than we thought: claim again at once.
  void rewind(std::int32_t partition);
  // A batch was given up: claim again after a pause, longer each time until something is applied.
  void give_up(std::int32_t partition);
  void progressed(std::int32_t partition) { pauses_.erase(partition); }

  // Claims what is due and starts reading there; returns these partitions. Throws
  // std::runtime_error when going on would skip or repeat what cannot be: stop and alarm.
  std::vector<std::int32_t> claim_due();

  // Null if not held now.
  Claim* held(std::int32_t partition);
  std::map<std::int32_t, Claim>& all() { return held_; }
  void release_all();

 private:
  Claim claim(std::int32_t partition);
  void let_go(std::int32_t partition, Micros due);
  void begin(Claim& claim);
  std::int64_t start_of(std::int32_t partition, std::int64_t next, io::Watermarks marks);

  io::Source& source_;
  RetryingStore& store_;
  const Runtime& runtime_;
  ClaimRules rules_;
  std::map<std::int32_t, Claim> held_;
  std::map<std::int32_t, Micros> due_;     // assigned, not held: when to claim, by the steady clock
  std::map<std::int32_t, Micros> pauses_;  // after giving up, by partition
};

}  // namespace segue
