#include "consumers/worker/lag/lag_book.h"

#include <algorithm>

namespace segue {
namespace {

// A checkpoint that moves needs no look: its oldest record came while the end was watched.
constexpr Micros kLookAfter = 1'500 * kMillisecond;

PartitionState state_of(bool waits, Micros stands, Micros age) {
  if (!waits) return PartitionState::ok;
  if (stands >= LagBook::kStoppedAfter) return PartitionState::stopped;
  if (stands >= LagBook::kStalledAfter) return PartitionState::stalled;
  return age >= LagBook::kSlowAfter ? PartitionState::slow : PartitionState::ok;
}

}  // namespace

void LagBook::observe(std::int32_t partition, std::int64_t end, std::int64_t next, Micros elapsed) {
  const auto [found, first] = partitions_.try_emplace(partition);
  Partition& at = found->second;
  if (first || next != at.next) {
    at.moved = elapsed;
    at.looked_at.reset();
    at.born.reset();
  }
  if (first) at.seen.emplace_back(elapsed, end);  // came before the watch began
  if (!first && end > at.end) saw(at, end, elapsed);
  // An older Redis or another log: what was known of the old one says nothing.
  if (next < at.next || end < at.end) at.markers_end = -1;
  at.end = end;
  at.next = next;
  while (!at.seen.empty() && at.seen.front().second <= next) {
    at.seen.pop_front();
    at.whole = true;
  }
  if (at.seen.empty()) at.apart = 0;
  if (waiting(at) == 0) at.moved = elapsed;
}

// The longer an outage, the farther apart are the ends that are kept; the latest always is.
void LagBook::saw(Partition& at, std::int64_t end, Micros elapsed) {
  const std::size_t size = at.seen.size();
  if (size >= 2 && at.seen[size - 1].first - at.seen[size - 2].first < at.apart) {
    at.seen.back() = {elapsed, end};
    return;
  }
  if (size >= kSeenMax) {
    for (std::size_t i = 1; 2 * i < size; ++i) at.seen[i] = at.seen[2 * i];
    at.seen.resize(size / 2);
    at.apart = std::max(2 * at.apart, 2 * kSecond);
  }
  at.seen.emplace_back(elapsed, end);
}

std::vector<std::pair<std::int32_t, std::int64_t>> LagBook::to_look_at(Micros elapsed) const {
  std::vector<std::pair<std::int32_t, std::int64_t>> places;
  for (const auto& [partition, at] : partitions_) {
    if (waiting(at) == 0) continue;
    const bool stands = elapsed - at.moved >= kLookAfter;
    const bool known = at.looked_at == at.next && at.born.has_value();
    if (!known && (stands || !at.whole)) places.emplace_back(partition, at.next);
  }
  return places;
}

void LagBook::looked(std::int32_t partition, std::int64_t next, std::optional<Micros> age,
                     Micros elapsed) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end() || found->second.next != next) return;
  Partition& at = found->second;
  at.looked_at = next;
  if (age) {
    at.born = elapsed - std::max<Micros>(*age, 0);
  } else {
    at.markers_end = at.end;
    at.moved = elapsed;
  }
}

std::vector<Lag> LagBook::lags(Micros elapsed) const {
  std::vector<Lag> all;
  all.reserve(partitions_.size());
  for (const auto& [partition, at] : partitions_) {
    const std::int64_t events = waiting(at);
    const Micros old = events > 0 ? age(at, elapsed) : 0;
    all.push_back({.partition = partition,
                   .events = events,
                   .seconds = seconds_of(old),
                   .state = state_of(events > 0, elapsed - at.moved, old)});
  }
  return all;
}

std::int64_t LagBook::waiting(const Partition& at) {
  if (at.end <= at.markers_end) return 0;
  return std::max<std::int64_t>(at.end - at.next, 0);
}

Micros LagBook::age(const Partition& at, Micros elapsed) {
  if (at.born) return elapsed - *at.born;
  return at.seen.empty() ? 0 : elapsed - at.seen.front().first;
}

}  // namespace segue
