#include "core/event/replay_window.h"

#include <algorithm>

#include "core/check.h"

namespace segue {
namespace {

using Window = ReplayWindows::Window;

bool seen(const Window& window, std::uint64_t back) {
  return (window.seen[back / 64] >> (back % 64) & 1) != 0;
}

void remember(Window& window, std::uint64_t back) {
  window.seen[back / 64] |= std::uint64_t{1} << (back % 64);
}

// Moves the window up by `by` positions and marks the new top.
void advance(Window& window, std::uint64_t by) {
  window.top += by;
  if (by >= ReplayWindows::kBits) {
    window.seen = {};
  } else if (by >= 64) {
    window.seen[1] = window.seen[0] << (by - 64);
    window.seen[0] = 0;
  } else if (by > 0) {
    window.seen[1] = window.seen[1] << by | window.seen[0] >> (64 - by);
    window.seen[0] <<= by;
  }
  remember(window, 0);
}

}  // namespace

ReplayWindows::Verdict ReplayWindows::admit(SessionId session, std::uint64_t seq,
                                            Micros device_time) {
  if (seq == 0) return Verdict::fresh;
  const auto found = std::find_if(windows_.begin(), windows_.end(),
                                  [&](const Window& w) { return w.session == session; });
  if (found == windows_.end()) return admit_unknown(session, seq, device_time);

  Window& window = *found;
  const bool ahead = seq > window.top;
  const std::uint64_t distance = ahead ? seq - window.top : window.top - seq;
  if (!ahead && distance >= kBits) return Verdict::too_old;
  if (!ahead && seen(window, distance)) return Verdict::duplicate;
  if (device_time <= window.unknown_until) return Verdict::too_old;
  if (ahead) {
    advance(window, distance);
  } else {
    remember(window, distance);
  }
  window.last = std::max(window.last, device_time);
  std::rotate(found, found + 1, windows_.end());
  return Verdict::fresh;
}

// A session never seen, or one that had to be forgotten: only the device's own time can tell.
ReplayWindows::Verdict ReplayWindows::admit_unknown(SessionId session, std::uint64_t seq,
                                                    Micros device_time) {
  if (device_time <= forgotten_until_) return Verdict::too_old;
  Window window{.session = session,
                .top = seq,
                .seen = {},
                .last = device_time,
                .unknown_until = forgotten_until_};
  remember(window, 0);
  if (windows_.size() == kWindowsMax) {
    forgotten_until_ = std::max(forgotten_until_, windows_.front().last);
    windows_.erase(windows_.begin());
  }
  windows_.push_back(window);
  return Verdict::fresh;
}

Micros ReplayWindows::latest() const {
  Micros latest = forgotten_until_;
  for (const Window& window : windows_) latest = std::max(latest, window.last);
  return latest;
}

void ReplayWindows::restore(std::vector<Window> windows, Micros forgotten_until) {
  SEGUE_CHECK(windows.size() <= kWindowsMax);
  windows_ = std::move(windows);
  forgotten_until_ = forgotten_until;
}

}  // namespace segue
