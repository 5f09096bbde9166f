#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.h"

namespace segue {

// The sessions that were met last, each with the slots of tracks that were heard in it. Bounded: a
// new session takes the place of the oldest, and a full one takes no more tracks. A session's
// number never comes back while the log lives; that of one that is gone finds nothing. Readers and
// the one writer are kept apart by the caller.
class SessionLog {
 public:
  using Slot = std::uint32_t;
  using Number = std::uint64_t;
  static constexpr std::size_t kTracksMax = 40;
  static constexpr std::size_t kSessionsMax = 250'000;  // 176 bytes each
  static constexpr Slot kGone = 0xFFFFFFFF;

  explicit SessionLog(std::size_t sessions_max);

  // The track was heard in the session; saying it twice changes nothing.
  Number enter(SessionMark session, Slot track);
  bool holds(Number number) const { return number < next_ && next_ - number <= sessions_.size(); }
  // Slots of its tracks, empty if it is gone; valid until anything is entered.
  std::span<const Slot> tracks(Number number) const;
  SessionMark mark(Number number) const { return sessions_[number % max_].mark; }
  // Says that it will soon be read.
  void fetch(Number number) const {
    const auto* const bytes = reinterpret_cast<const char*>(&sessions_[number % max_]);
    for (std::size_t i = 0; i < sizeof(Session); i += 64) __builtin_prefetch(bytes + i);
  }
  std::size_t size() const { return sessions_.size(); }
  // Slots moved; kGone: that track is gone.
  void renumber(const std::vector<Slot>& moved);

 private:
  struct Session {
    SessionMark mark;
    std::uint32_t size = 0;
    Slot tracks[kTracksMax];
  };

  Number begin(SessionMark session);

  std::size_t max_;
  Number next_ = 0;
  std::vector<Session> sessions_;  // a ring once it is full
  boost::unordered_flat_map<std::uint32_t, Number> numbers_;
};

}  // namespace segue
