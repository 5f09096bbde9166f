#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "core/time.h"

namespace segue {

// Tells a client's retry from a new event by (session, seq): a 128-bit window for each of a
// listener's latest sessions, as IPsec does for packets (RFC 4303, 3.4.3). What is older than the
// memory is never guessed at: it is `too_old`. Part of the listener's state; bounded.
class ReplayWindows {
 public:
  enum class Verdict : std::uint8_t { fresh, duplicate, too_old };

  struct Window {
    SessionId session;
    std::uint64_t top = 0;                // the highest seq seen
    std::array<std::uint64_t, 2> seen{};  // bit i: seq top - i was seen
    Micros last = 0;                      // the latest device time seen in this session
    // Up to this device time the session may have been known and forgotten before this window.
    Micros unknown_until = -1;
    bool operator==(const Window&) const = default;
  };
  static constexpr std::size_t kWindowsMax = 8;
  static constexpr std::uint64_t kBits = 128;

  // Decides and remembers. `device_time` must be what the client sends again with a retry.
  // seq 0 (none) is always fresh. Requires: calls come in the order of the log.
  Verdict admit(SessionId session, std::uint64_t seq, Micros device_time);

  // Oldest use first.
  const std::vector<Window>& windows() const { return windows_; }
  // Events of sessions that are not remembered are too old up to this device time.
  Micros forgotten_until() const { return forgotten_until_; }
  // The latest device time that was ever admitted with a number; -1: none.
  Micros latest() const;
  // For decoding. Requires: at most kWindowsMax windows.
  void restore(std::vector<Window> windows, Micros forgotten_until);
  bool operator==(const ReplayWindows&) const = default;

 private:
  Verdict admit_unknown(SessionId session, std::uint64_t seq, Micros device_time);

  std::vector<Window> windows_;
  Micros forgotten_until_ = -1;
};

}  // namespace segue
