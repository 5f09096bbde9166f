#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "producers/replay/files/line_reader.h"
#include "producers/replay/files/listening.h"

namespace segue {

// The rows of a text file, for every reader of one: counts them and those that are left out, and
// gives up where these are too many to be accidents. Empty lines are no rows; a line that is too
// long is a row that is left out. One thread.
class Rows {
 public:
  // One row in a hundred may be left out, of a short file ten, if that is no more than one in five.
  // The share is first asked for after kRowsBeforeJudging, and again at the end.
  static constexpr std::uint64_t kRowsBeforeJudging = 1'000;
  static constexpr std::uint64_t kRowsForEachBad = 100;
  static constexpr std::uint64_t kFewBad = 10;
  static constexpr std::uint64_t kRowsForEachOfFew = 5;

  // Throws std::runtime_error as LineReader does.
  explicit Rows(std::string path) : lines_(std::move(path)) {}

  // The first line, which is no row; empty in an empty file. Call it before `next` or not at all.
  std::string_view header();
  // The line that `header` returned is a row after all.
  void count_header() { ++rows_; }
  // The next row, valid until the next call; none at the end. Throws BrokenInput where too many
  // rows were left out, and as LineReader::next does.
  std::optional<std::string_view> next();
  // The line number of the row returned last, from 1.
  std::uint64_t line_number() const { return lines_.line_number(); }

  // Leaves the row of that line out; `why` says what was expected there. Throws as `next` does.
  void leave_out(std::uint64_t line_number, std::string_view why);
  void leave_out(std::string_view why) { leave_out(line_number(), why); }

  const Skipped& skipped() const { return skipped_; }
  double progress() const { return lines_.progress(); }
  // "file, line 7: " and what is wrong there.
  std::string at(std::string_view what) const { return lines_.at(what); }

 private:
  void judge() const;

  LineReader lines_;
  std::uint64_t rows_ = 0;
  Skipped skipped_;
};

}  // namespace segue
