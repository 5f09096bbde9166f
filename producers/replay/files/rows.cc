#include "producers/replay/files/rows.h"

namespace segue {

std::string_view Rows::header() { return lines_.next().value_or(std::string_view{}); }

std::optional<std::string_view> Rows::next() {
  while (const auto line = lines_.next()) {
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    ++rows_;
    if (!lines_.overlong()) return line;
    leave_out("expected a line of at most 64 KiB; is this a text file?");
  }
  judge();
  return std::nullopt;
}

void Rows::leave_out(std::uint64_t line_number, std::string_view why) {
  if (skipped_.rows++ == 0) skipped_.first = lines_.at(line_number, why);
  if (rows_ >= kRowsBeforeJudging) judge();
}

void Rows::judge() const {
  if (skipped_.rows * kRowsForEachBad <= rows_) return;
  if (skipped_.rows <= kFewBad && skipped_.rows * kRowsForEachOfFew <= rows_) return;
  throw BrokenInput(std::to_string(skipped_.rows) + " of " + std::to_string(rows_) +
                    " rows cannot be read, more than ten and 1 %. The first: " + skipped_.first);
}

}  // namespace segue
