#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace segue::tail {

// The newest version seen of each listener's list: a reader drops whatever is not newer. Remembers
// a bounded number of listeners and forgets those it met first; of them a list may come twice. One
// thread.
class LatestVersions {
 public:
  explicit LatestVersions(std::size_t listeners_max) : listeners_max_(listeners_max) {}

  // True if this version is newer than any before, which it then is remembered as.
  bool take(const std::string& user_id, std::int64_t version);

 private:
  std::size_t listeners_max_;
  std::unordered_map<std::string, std::int64_t> versions_;
  std::deque<std::string> met_;  // in the order of their first list
};

}  // namespace segue::tail
