#include "consumers/worker/outbox.h"

#include <algorithm>

#include "core/topics.h"

namespace segue {
namespace {

void count_dead_letter(io::BatchReport& report, Reason reason) {
  const auto known = std::find_if(report.dead_letters.begin(), report.dead_letters.end(),
                                  [&](const auto& counted) { return counted.first == reason; });
  if (known != report.dead_letters.end()) {
    ++known->second;
  } else {
    report.dead_letters.emplace_back(reason, 1);
  }
}

}  // namespace

std::string Outbox::next_id(std::int64_t offset) {
  n_ = offset == offset_ ? n_ + 1 : 0;
  offset_ = offset;
  std::string id(input_);
  id += '/';
  id += std::to_string(partition_);
  id += '/';
  id += std::to_string(offset);
  id += '/';
  id += std::to_string(n_);
  return id;
}

void Outbox::dead_letter(const Record& record, const Error& error, std::string_view stage,
                         std::uint32_t attempts) {
  io::Publication letter{.topic = std::string(topic::kDeadLetters),
                         .partition = -1,
                         .key = record.key,
                         .value = record.value,
                         .headers = record.headers};
  // A letter put back and refused again, or a sender who knows our headers: ours are the ones that
  // count.
  std::erase_if(letter.headers,
                [](const Header& header) { return header.name.starts_with("segue_dlq_"); });
  const auto add = [&](std::string_view name, std::string value) {
    letter.headers.push_back({std::string(name), std::move(value)});
  };
  add("segue_dlq_original_topic", std::string(input_));
  add("segue_dlq_original_partition", std::to_string(record.partition));
  add("segue_dlq_original_offset", std::to_string(record.offset));
  add("segue_dlq_reason", std::string(name_of(error.reason)));
  add("segue_dlq_detail", error.detail);
  add("segue_dlq_stage", std::string(stage));
  add("segue_dlq_attempts", std::to_string(attempts));
  publish(std::move(letter));
  count_dead_letter(report_, error.reason);
}

}  // namespace segue
