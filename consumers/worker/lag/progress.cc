#include "consumers/worker/lag/progress.h"

#include <algorithm>

namespace segue {

void Progress::claimed(std::int32_t partition, std::int64_t next, std::uint32_t attempts) {
  At& at = at_[partition];
  at.next = next;
  at.attempts = attempts;
}

std::vector<io::PartitionProgress> Progress::progress(
    const std::function<std::int64_t(std::int32_t)>& high, Micros elapsed) {
  std::vector<io::PartitionProgress> all;
  for (auto& [partition, at] : at_) {
    // A partition that was just assigned again does not know yet where its log ends.
    if (const std::int64_t end = high(partition); end >= 0) at.high = end;
    const std::int64_t events = std::max<std::int64_t>(at.high - at.next, 0);
    if (events == 0 || at.next != at.seen_at) at.since = elapsed;
    at.seen_at = at.next;
    all.push_back({.partition = partition,
                   .events = events,
                   .stands = events > 0 ? seconds_of(elapsed - at.since) : 0,
                   .attempts = at.attempts});
  }
  return all;
}

}  // namespace segue
