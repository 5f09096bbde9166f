#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/time.h"

namespace segue {

// Which session a recorded listen belongs to, and its number there. Remembers a bounded number of
// sessions, the latest used. One thread.
class SessionNumbers {
 public:
  // Far more than are open at once anywhere we know of; about 60 MB when full. Of a session that
  // comes back after so many others the numbers start again, and a reader takes it for a repeat.
  static constexpr std::size_t kSessionsMax = 500'000;
  static constexpr Micros kGapMax = 1'800 * kSecond;

  explicit SessionNumbers(std::size_t sessions_max = kSessionsMax) : sessions_max_(sessions_max) {}

  struct Place {
    std::string session_id;
    std::uint64_t seq = 0;  // from 1
  };
  // `session_id` empty: a new one begins where the listener was silent for more than kGapMax; it is
  // named after the listener and its first second.
  Place place(std::string_view user_id, std::string_view session_id, Micros time);

 private:
  struct Session {
    std::uint64_t seq = 0;
    Micros began = 0;
    Micros latest = 0;
  };
  Session& remembered(std::uint64_t key);

  std::size_t sessions_max_;
  // Two generations: what is used moves to the young one; when that is half of the limit, the old
  // one is forgotten and the young one takes its place.
  std::unordered_map<std::uint64_t, Session> young_;
  std::unordered_map<std::uint64_t, Session> old_;
};

}  // namespace segue
