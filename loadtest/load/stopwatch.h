#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

// Milliseconds; all 0 where nothing was measured.
struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};
Percentiles percentiles(std::vector<double> ms);

// The figures of a run. Events of the warm-up are not in it.
struct Measured {
  std::uint64_t sent = 0;
  std::uint64_t expected = 0;  // of those, the ones that must be answered
  std::uint64_t answered = 0;  // of the expected
  std::uint64_t missing = 0;   // expected less answered
  double answered_per_s = 0;   // expected answers in hand a second, while events were sent
  Percentiles answer;          // from the produce call to the answer in hand
  Percentiles due;             // from when an event was due: a sender held up hides no wait
  Percentiles late;            // from when an event was due to its produce call: the sender's own
};

// When each event was sent and when its answer came, by one clock of one process. One thread may
// send while another receives.
class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;

  // `run` tells this run's ids from those of others. Requires: no '/' in it.
  Stopwatch(std::string run, std::size_t events, std::size_t warm_up);

  // The CloudEvents id of event `n`.
  std::string id(std::size_t n) const;
  // Called right before the produce call of event `n`. `expects_answer`: it is missing without.
  void sent(std::size_t n, Clock::time_point due, bool expects_answer);
  // The first answer to an event counts; ids of other runs are ignored.
  void answered(std::string_view id, Clock::time_point at);

  // How many expected answers are still to come, warm-up included.
  std::int64_t awaited() const { return awaited_.load(std::memory_order_relaxed); }
  // Requires: nothing is sent any more.
  Measured measured() const;

 private:
  struct Lap {
    std::atomic<std::int64_t> sent_ns{0};  // since the start; 0: not sent. Written last.
    std::int64_t late_ns = 0;              // sent less due
    std::int64_t answer_ns = -1;           // the receiver's; -1: none yet
    bool expects_answer = false;
  };
  double answered_per_s() const;

  const std::string prefix_;
  const std::size_t warm_up_;
  const Clock::time_point start_ = Clock::now();
  std::vector<Lap> laps_;
  std::atomic<std::int64_t> awaited_{0};
};

}  // namespace segue
