#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "producers/replay/listening.h"

namespace segue {

// Counts the rows of a file and those that could not be read, and gives up where these are too
// many to be accidents. One thread.
class RowTally {
 public:
  // Of every hundred rows one may be bad; the share is first asked for after so many rows, and
  // again at the end.
  static constexpr std::uint64_t kRowsBeforeJudging = 1'000;
  static constexpr std::uint64_t kRowsForEachBad = 100;

  void row() { ++rows_; }
  // The row counted last is left out; `what` names file, line and what was expected. Throws
  // std::runtime_error when too many are.
  void leave_out(const std::string& what) {
    if (skipped_.rows++ == 0) skipped_.first = what;
    if (rows_ >= kRowsBeforeJudging) judge();
  }
  // At the end of the file; throws as above.
  void judge() const {
    if (skipped_.rows * kRowsForEachBad <= rows_) return;
    throw std::runtime_error(std::to_string(skipped_.rows) + " of " + std::to_string(rows_) +
                             " rows cannot be read, more than 1 %. The first: " + skipped_.first);
  }
  const Skipped& skipped() const { return skipped_; }

 private:
  std::uint64_t rows_ = 0;  // without a header and empty lines
  Skipped skipped_;
};

}  // namespace segue
