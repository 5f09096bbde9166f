#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "core/io/metrics/batch_report.h"
#include "core/time.h"

namespace segue {

// For how long each owned partition has stood still although records wait: one whose batch is given
// up and claimed again all the time must not look as if it kept up. One thread.
class Progress {
 public:
  void claimed(std::int32_t partition, std::int64_t next, std::uint32_t attempts);
  // Records before `next` are in the state.
  void applied(std::int32_t partition, std::int64_t next, std::uint32_t attempts) {
    claimed(partition, next, attempts);
  }
  void revoked(std::int32_t partition) { at_.erase(partition); }
  void clear() { at_.clear(); }

  // For each partition, held or about to be claimed again. `high` says where a log ends, less than
  // 0: not known. `elapsed` is never set back. Call it about once a second.
  std::vector<io::PartitionProgress> progress(const std::function<std::int64_t(std::int32_t)>& high,
                                              Micros elapsed);

 private:
  struct At {
    std::int64_t next = 0;
    std::uint32_t attempts = 0;
    std::int64_t high = -1;     // the log's end, as far as it was seen
    std::int64_t seen_at = -1;  // where it was when last asked
    Micros since = 0;           // it has been there with records to come
  };
  std::map<std::int32_t, At> at_;
};

}  // namespace segue
