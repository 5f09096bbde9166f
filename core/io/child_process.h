#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace segue::io {

// How a program ended that was run to its end.
struct Ran {
  int code = 0;      // its exit code; of one that a signal ended, not 0
  std::string said;  // on its standard error, at most 4 KiB
};

// Runs the program `words[0]` (a path) with the other words as its arguments and waits for it; what
// it writes to standard output is dropped. Throws std::runtime_error, in one line, where it cannot
// be started or is not done within the time, after which it is killed. Thread-safe.
Ran run_to_end(const std::vector<std::string>& words, std::chrono::seconds within);

}  // namespace segue::io
