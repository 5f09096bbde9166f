#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/io/metrics/batch_report.h"
#include "core/io/ports.h"
#include "core/result.h"

namespace segue {

// The publications and writes of one partition's batch, beside the states it changed.
class Outbox {
 public:
  // `input` is the topic the batch came from; ids of publications are made of it.
  Outbox(std::string_view input, std::int32_t partition, io::BatchReport& report)
      : input_(input), partition_(partition), report_(report) {}

  // "<topic>/<partition>/<offset>/<n>", n counting up within an offset: the same on each replay.
  std::string next_id(std::int64_t offset);
  void publish(io::Publication publication) { publications_.push_back(std::move(publication)); }
  // Without a value the key is deleted.
  void write(std::string key, std::optional<std::string> value) {
    writes_.push_back({std::move(key), std::move(value)});
  }
  // The record as it came, with where it came from and why it was refused in its headers. `next`:
  // the first offset behind what the letter speaks of, 0: it is one record.
  void dead_letter(const Record& record, const Error& error, std::string_view stage,
                   std::uint32_t attempts, std::int64_t next = 0);
  // A publication of ours that its topic refused in every form: no letter, if it was to be one.
  void left_out(const io::Publication& publication);
  // The other letters are in their topic's log.
  void count_dead_letters();
  // Counts a recommendation; its latency is measured once it is out. `traceparent`: its event's, if
  // that belongs to a trace.
  void recommended(Micros event_received, std::string traceparent = {}) {
    received_.emplace_back(event_received, std::move(traceparent));
  }

  std::int32_t partition() const { return partition_; }
  io::BatchReport& report() { return report_; }
  std::vector<io::Publication>& publications() { return publications_; }
  std::vector<io::Write>& writes() { return writes_; }
  const std::vector<std::pair<Micros, std::string>>& received() const { return received_; }

 private:
  std::string_view input_;
  std::int32_t partition_;
  io::BatchReport& report_;
  std::int64_t offset_ = -1;  // of the latest id
  std::uint32_t n_ = 0;
  std::vector<io::Publication> publications_;
  std::vector<io::Write> writes_;
  std::vector<std::pair<Micros, std::string>> received_;
  std::vector<std::pair<Reason, std::uint64_t>> dead_letters_;
};

}  // namespace segue
