#include "core/io/memory/memory_log.h"

#include "core/check.h"

namespace segue::io {

void MemoryLog::create(const std::string& topic, std::int32_t partitions) {
  SEGUE_CHECK(partitions > 0);
  topics_[topic].assign(static_cast<std::size_t>(partitions), {});
  unreadable_.erase(topic);
}

std::int64_t MemoryLog::append(const Publication& publication, Micros now) {
  auto& topic = topics_.at(publication.topic);
  const auto count = static_cast<std::int32_t>(topic.size());
  const std::int32_t partition = publication.partition >= 0 ? publication.partition
                                 : publication.key          ? partition_of(*publication.key, count)
                                                            : 0;
  std::vector<Record>& records = topic.at(static_cast<std::size_t>(partition));
  const auto offset = static_cast<std::int64_t>(records.size());
  records.push_back({.partition = partition,
                     .offset = offset,
                     .timestamp = now,
                     .key = publication.key,
                     .value = publication.value,
                     .headers = publication.headers});
  return offset;
}

std::int64_t MemoryLog::append_unreadable(const std::string& topic, std::int32_t partition,
                                          std::int64_t offsets, Micros now) {
  SEGUE_CHECK(offsets > 0);
  const Publication empty{
      .topic = topic, .partition = partition, .key = {}, .value = {}, .headers = {}};
  const std::int64_t first = append(empty, now);
  for (std::int64_t i = 1; i < offsets; ++i) append(empty, now);
  unreadable_[topic][partition][first] = first + offsets;
  return first;
}

std::optional<Unreadable> MemoryLog::unreadable(const std::string& topic, std::int32_t partition,
                                                std::int64_t offset) const {
  const auto of_topic = unreadable_.find(topic);
  if (of_topic == unreadable_.end()) return std::nullopt;
  const auto ranges = of_topic->second.find(partition);
  if (ranges == of_topic->second.end()) return std::nullopt;
  auto range = ranges->second.upper_bound(offset);
  if (range == ranges->second.begin() || (--range)->second <= offset) return std::nullopt;
  return Unreadable{.partition = partition,
                    .first = range->first,
                    .next = range->second,
                    .why = "it was made so"};
}

const std::vector<Record>& MemoryLog::partition(const std::string& topic,
                                                std::int32_t partition) const {
  return topics_.at(topic).at(static_cast<std::size_t>(partition));
}

std::int32_t MemoryLog::partitions(const std::string& topic) const {
  return static_cast<std::int32_t>(topics_.at(topic).size());
}

MemorySource::MemorySource(const MemoryLog& log, std::string topic)
    : log_(log), topic_(std::move(topic)) {}

void MemorySource::assign(std::int32_t partition) { news_.assigned.push_back(partition); }

void MemorySource::revoke(std::int32_t partition) {
  positions_.erase(partition);
  std::erase(news_.assigned, partition);
  news_.revoked.push_back(partition);
}

Polled MemorySource::poll(std::size_t records_max, std::chrono::milliseconds) {
  Polled polled = std::move(news_);
  news_ = {};
  for (auto& [partition, position] : positions_) {
    const std::vector<Record>& records = log_.partition(topic_, partition);
    while (position < static_cast<std::int64_t>(records.size()) &&
           polled.records.size() + polled.unreadable.size() < records_max) {
      if (auto unreadable = log_.unreadable(topic_, partition, position)) {
        unreadable->first = position;
        position = unreadable->next;
        polled.unreadable.push_back(std::move(*unreadable));
        continue;
      }
      polled.records.push_back(records[static_cast<std::size_t>(position)]);
      ++position;
    }
  }
  return polled;
}

void MemorySource::start(std::span<const PartitionOffset> partitions) {
  for (const PartitionOffset& start : partitions) positions_[start.partition] = start.offset;
}

Watermarks MemorySource::watermarks(std::int32_t partition) {
  return {.low = 0, .high = static_cast<std::int64_t>(log_.partition(topic_, partition).size())};
}

std::vector<Sent> MemorySink::publish(std::span<const Publication> publications) {
  for (const Publication& publication : publications) log_.append(publication, now_);
  return std::vector<Sent>(publications.size(), Sent{.fate = Sent::Fate::in_log});
}

}  // namespace segue::io
