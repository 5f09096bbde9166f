#pragma once

#include <optional>
#include <string>
#include <vector>

#include "producers/replay/files/rows.h"

namespace segue {

// A file of test questions, one a line, plain or gzip: the tracks of a session so far, separated by
// spaces, a tab, and the track that came next. Empty lines are none. Bad lines are left out; more
// than 1 % of them is an error. One thread.
class Prefixes {
 public:
  // Throws std::runtime_error as LineReader does.
  explicit Prefixes(const std::string& path) : rows_(path) {}

  // The tracks of the next question's session, the one to be predicted last; at least two. None at
  // the end. Throws std::runtime_error naming file and line.
  std::optional<std::vector<std::string>> next();
  Skipped skipped() const { return rows_.skipped(); }

 private:
  Rows rows_;
};

}  // namespace segue
