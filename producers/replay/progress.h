#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace segue {

// How far a replay is.
struct ReplayCounts {
  std::uint64_t events = 0;     // handed to Kafka
  std::uint64_t catalogue = 0;  // tracks, handed to Kafka
  std::uint64_t delivered = 0;  // reported as in the log, of both
  std::uint64_t failed = 0;     // reported as failed, or never reported
  Micros late = -1;             // the last event, behind its due time; -1: nothing has one
  Micros latest = -1;           // the largest of these
  double seconds = 0;           // since the first event was due
  double share = -1;            // of the work done, 0 to 1; -1: no end in sight
};

// "[######--------------]  30 %  500 events/s  2 ms late  15,000 sent"; `recent_rate` in events/s.
std::string progress_bar(const ReplayCounts& counts, double recent_rate);
// The same without a bar, as a sentence for a file.
std::string progress_sentence(const ReplayCounts& counts, double recent_rate);
// The last line.
std::string summary(const ReplayCounts& counts);

// Shows progress on stdout: one line that is written over on a terminal, a sentence every few
// seconds anywhere else. One thread.
class ProgressDisplay {
 public:
  ProgressDisplay();
  // Cheap; most calls only look at the clock.
  void show(const ReplayCounts& counts);
  // Ends the line that is written over, so that other text can follow.
  void close();

 private:
  using Clock = std::chrono::steady_clock;

  bool terminal_;
  bool line_open_ = false;
  Clock::time_point shown_;
  std::uint64_t events_shown_ = 0;
};

}  // namespace segue
