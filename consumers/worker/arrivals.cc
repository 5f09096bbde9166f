#include "consumers/worker/arrivals.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/ids.h"

namespace segue {
namespace {

Arrival arrival_of(io::Unreadable unreadable) {
  const std::string offsets = unreadable.next - unreadable.first > 1
                                  ? "offsets " + std::to_string(unreadable.first) + " to " +
                                        std::to_string(unreadable.next - 1) + " cannot be read: "
                                  : "it cannot be read: ";
  Record stands_for;
  stands_for.partition = unreadable.partition;
  stands_for.offset = unreadable.first;
  return {.record = std::move(stands_for),
          .next = unreadable.next,
          .refused = error(Reason::unreadable, offsets + unreadable.why)};
}

}  // namespace

std::vector<std::vector<Arrival>> by_partition(io::Polled polled) {
  std::map<std::int32_t, std::vector<Arrival>> sorted;
  for (Record& record : polled.records) {
    std::vector<Arrival>& arrivals = sorted[record.partition];
    const std::int64_t next = record.offset + 1;
    arrivals.push_back({.record = std::move(record), .next = next});
  }
  for (io::Unreadable& unreadable : polled.unreadable) {
    std::vector<Arrival>& arrivals = sorted[unreadable.partition];
    const auto after =
        std::ranges::upper_bound(arrivals, unreadable.first, {},
                                 [](const Arrival& arrival) { return arrival.record.offset; });
    arrivals.insert(after, arrival_of(std::move(unreadable)));
  }
  std::vector<std::vector<Arrival>> batches;
  batches.reserve(sorted.size());
  for (auto& [partition, arrivals] : sorted) batches.push_back(std::move(arrivals));
  return batches;
}

void leave_out_done(std::vector<Arrival>& arrivals, std::int64_t position) {
  std::erase_if(arrivals, [&](const Arrival& arrival) { return arrival.next <= position; });
  if (arrivals.empty()) return;
  std::int64_t& first = arrivals.front().record.offset;
  first = std::max(first, position);
}

std::optional<Error> misplaced(const Record& record, std::int32_t partitions) {
  if (partitions == 0 || !record.key) return std::nullopt;
  const std::int32_t right = partition_of(*record.key, partitions);
  if (right == record.partition) return std::nullopt;
  return error(Reason::wrong_partition,
               "its key belongs on partition " + std::to_string(right) +
                   ": the sender's partitioner is not Java's (librdkafka: murmur2_random)");
}

std::string_view stage_of(Reason refused) {
  if (refused == Reason::quarantined) return "step";
  return refused == Reason::unreadable ? "read" : "decode";
}

}  // namespace segue
