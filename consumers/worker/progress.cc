#include "consumers/worker/progress.h"

#include <algorithm>

namespace segue {

void Progress::claimed(std::int32_t partition, std::int64_t next, std::uint32_t attempts) {
  At& at = at_[partition];
  at.next = next;
  at.attempts = attempts;
}

void Progress::applied(std::int32_t partition, std::int64_t next, std::uint32_t attempts,
                       Micros timestamp) {
  claimed(partition, next, attempts);
  if (timestamp > 0) at_[partition].reached = timestamp;
}

std::vector<io::PartitionLag> Progress::lags(const std::function<std::int64_t(std::int32_t)>& high,
                                             Micros now, Micros elapsed) {
  std::vector<io::PartitionLag> lags;
  for (auto& [partition, at] : at_) {
    io::PartitionLag& lag = lags.emplace_back();
    lag.partition = partition;
    lag.attempts = at.attempts;
    // A partition that was just assigned anew has not been told where its log ends.
    if (const std::int64_t end = high(partition); end >= 0) at.high = end;
    lag.events = std::max<std::int64_t>(at.high - at.next, 0);
    if (lag.events == 0 || at.next != at.seen_at) at.since = elapsed;
    at.seen_at = at.next;
    if (lag.events == 0) continue;
    lag.stands = seconds_of(elapsed - at.since);
    const double age = at.reached > 0 ? seconds_of(now - at.reached) : 0;
    lag.seconds = std::max({age, lag.stands, 0.0});
  }
  return lags;
}

}  // namespace segue
