#include <algorithm>
#include <array>

#include "core/event/event.h"
#include "core/result.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 15> kReasons = {
    "malformed",     "too_large",   "too_deep",   "unknown_version", "missing_type",
    "missing_field", "bad_field",   "bad_time",   "null_key",        "wrong_key",
    "too_old",       "quarantined", "unreadable", "wrong_partition", "skipped"};

// In the order of EventType.
constexpr std::array<std::string_view, 26> kEventTypes = {"playback.started",
                                                          "playback.heartbeat",
                                                          "playback.paused",
                                                          "playback.resumed",
                                                          "playback.seeked",
                                                          "playback.skipped",
                                                          "playback.completed",
                                                          "playback.stopped",
                                                          "playback.failed",
                                                          "feedback.rated",
                                                          "feedback.saved",
                                                          "feedback.unsaved",
                                                          "feedback.hidden",
                                                          "playlist.track_added",
                                                          "playlist.track_removed",
                                                          "recommendation.shown",
                                                          "recommendation.clicked",
                                                          "recommendation.dismissed",
                                                          "request.made",
                                                          "session.started",
                                                          "session.ended",
                                                          "generation.accepted",
                                                          "generation.rejected",
                                                          "privacy.erasure_requested",
                                                          "privacy.consent_changed",
                                                          "other"};

}  // namespace

std::string_view name_of(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

std::string_view name_of(EventType type) { return kEventTypes[static_cast<std::size_t>(type)]; }

EventType event_type_of(std::string_view name) {
  const auto found = std::find(kEventTypes.begin(), kEventTypes.end(), name);
  if (found == kEventTypes.end()) return EventType::other;
  return static_cast<EventType>(found - kEventTypes.begin());
}

bool is_terminal(EventType type) {
  return type == EventType::playback_skipped || type == EventType::playback_completed ||
         type == EventType::playback_stopped;
}

bool is_feedback(EventType type) {
  return type == EventType::feedback_rated || type == EventType::feedback_saved ||
         type == EventType::feedback_unsaved || type == EventType::feedback_hidden;
}

std::string_view header(const Record& record, std::string_view name) {
  for (const Header& h : record.headers) {
    if (h.name == name) return h.value;
  }
  return {};
}

}  // namespace segue
