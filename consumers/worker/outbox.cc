#include "consumers/worker/outbox.h"

#include <algorithm>

#include "core/event/topics.h"

namespace segue {
namespace {

constexpr std::string_view kReason = "segue_dlq_reason";

using Counts = std::vector<std::pair<Reason, std::uint64_t>>;

void count(Counts& counts, Reason reason, std::uint64_t letters) {
  const auto known = std::ranges::find(counts, reason, &Counts::value_type::first);
  if (known != counts.end()) {
    known->second += letters;
  } else {
    counts.emplace_back(reason, letters);
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
                         std::uint32_t attempts, std::int64_t next) {
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
  if (next > record.offset + 1) add("segue_dlq_original_last_offset", std::to_string(next - 1));
  add(kReason, std::string(name_of(error.reason)));
  add("segue_dlq_detail", error.detail);
  add("segue_dlq_stage", std::string(stage));
  add("segue_dlq_attempts", std::to_string(attempts));
  publish(std::move(letter));
  count(dead_letters_, error.reason, 1);
}

void Outbox::left_out(const io::Publication& publication) {
  if (publication.topic != topic::kDeadLetters) return;
  const auto reason = std::ranges::find(publication.headers, kReason, &Header::name);
  for (auto& [of, letters] : dead_letters_) {
    if (reason != publication.headers.end() && name_of(of) == reason->value) --letters;
  }
}

void Outbox::count_dead_letters() {
  for (const auto& [reason, letters] : dead_letters_) {
    if (letters > 0) count(report_.dead_letters, reason, letters);
  }
  dead_letters_.clear();
}

}  // namespace segue
