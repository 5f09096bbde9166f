#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace segue {

// How far a long computation is, on stderr: a bar that is written over on a terminal, a line every
// few seconds anywhere else. `add` may be called by any thread.
class Progress {
 public:
  enum class Show : std::uint8_t { nothing, lines, bar };

  Progress(std::uint64_t all, Show show);
  // Cheap: most calls only count.
  void add(std::uint64_t done);
  // Ends the line that is written over, so that other text can follow.
  void close();

 private:
  using Clock = std::chrono::steady_clock;

  const std::uint64_t all_;
  const Show show_;
  const Clock::time_point began_;
  std::atomic<std::uint64_t> done_{0};
  std::mutex printing_;  // guards what follows
  Clock::time_point printed_;
  bool line_open_ = false;
};

// "34 %  21,300/s  0:42 left", with a bar before it for a terminal. `seconds` since the beginning.
std::string progress_text(std::uint64_t done, std::uint64_t all, double seconds, bool bar);

}  // namespace segue
