#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/ports.h"
#include "deploy/admin/topics_file.h"

namespace segue::admin {

// From where to where a state is moved.
struct Move {
  Config from;
  Config to;                                     // with the other prefix and first offset
  io::Meta meta;                                 // what init wrote where it comes from
  std::vector<Topic> topics;                     // as they are made; ours by name
  std::map<std::string, std::int32_t> was;       // topic -> its number of partitions
  std::map<std::string, std::int32_t> will_be;   // the same
  std::map<std::string, std::int64_t> ends;      // "topic/partition" of `from` -> where it ends
  std::map<std::int32_t, std::int64_t> jobs_at;  // partition of jobs -> the first that waits
  bool again = false;                            // one before was ended before its end
};

// Looks at both sides; changes nothing. Throws std::runtime_error where the state cannot be moved
// now: a worker lives, records wait, the target is in use.
Move plan_move(const Config& config);

// Throws if anything was written since `plan_move` where the state comes from.
void must_be_quiet(const Move& move);

// Says how far the work is: lines for a person, a second or more apart, or JSON.
class Progress {
 public:
  explicit Progress(bool json) : json_(json) {}
  // `done` of what `what` names, so far; at the end of it once more.
  void show(std::string_view what, std::uint64_t done, bool ended);
  void say(const std::string& line) const;
  bool json() const { return json_; }

 private:
  const bool json_;
  std::int64_t quiet_until_ms_ = 0;
};

}  // namespace segue::admin
