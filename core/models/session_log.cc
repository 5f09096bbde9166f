#include "core/models/session_log.h"

#include <algorithm>

namespace segue {

SessionLog::SessionLog(std::size_t sessions_max)
    : max_(std::clamp<std::size_t>(sessions_max, 1, kSessionsMax)) {}

SessionLog::Number SessionLog::enter(SessionMark session, Slot track) {
  const auto found = numbers_.find(session.value);
  const Number number = found == numbers_.end() ? begin(session) : found->second;
  Session& kept = sessions_[number % max_];
  const std::span<const Slot> tracks{kept.tracks, kept.size};
  const bool has = std::find(tracks.begin(), tracks.end(), track) != tracks.end();
  if (!has && kept.size < kTracksMax) kept.tracks[kept.size++] = track;
  return number;
}

SessionLog::Number SessionLog::begin(SessionMark session) {
  const Number number = next_++;
  if (sessions_.size() < max_) {
    sessions_.emplace_back();
  } else {
    numbers_.erase(sessions_[number % max_].mark.value);
  }
  Session& fresh = sessions_[number % max_];
  fresh.mark = session;
  fresh.size = 0;
  numbers_.emplace(session.value, number);
  return number;
}

std::span<const SessionLog::Slot> SessionLog::tracks(Number number) const {
  if (!holds(number)) return {};
  const Session& kept = sessions_[number % max_];
  return {kept.tracks, kept.size};
}

void SessionLog::renumber(const std::vector<Slot>& moved) {
  for (Session& session : sessions_) {
    Slot* const end = std::transform(session.tracks, session.tracks + session.size, session.tracks,
                                     [&](Slot slot) { return moved[slot]; });
    Slot* const kept = std::remove(session.tracks, end, kGone);
    session.size = static_cast<std::uint32_t>(kept - session.tracks);
  }
}

}  // namespace segue
