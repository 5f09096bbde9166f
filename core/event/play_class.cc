#include "core/event/play_class.h"

namespace segue {
namespace {

constexpr float kFull = 0.95F;
constexpr float kHalf = 0.5F;
constexpr float kVeryBriefS = 10;
constexpr float kBriefS = 30;
// Three and a half minutes: imports know how much was heard, but of how much they do not.
constexpr float kUsualTrackS = 210;

}  // namespace

PlayClass class_of(const Event& event) {
  const float fraction = event.played_fraction;
  if (fraction < 0) {
    return event.type == EventType::playback_skipped ? PlayClass::brief : PlayClass::full;
  }
  if (fraction >= kFull) return PlayClass::full;
  if (fraction >= kHalf) return PlayClass::most;
  const float heard_s =
      event.duration_ms > 0 ? static_cast<float>(event.played_ms) / 1e3F : fraction * kUsualTrackS;
  if (heard_s < kVeryBriefS) return PlayClass::very_brief;
  return heard_s < kBriefS ? PlayClass::brief : PlayClass::part;
}

bool was_skipped(const Event& event) { return class_of(event) < PlayClass::most; }

float skip_weight(const Event& event) {
  if (event.type == EventType::playback_stopped) return 0;
  switch (class_of(event)) {
    case PlayClass::very_brief:
      return 1;
    case PlayClass::brief:
      return 0.8F;  // long enough to have been a try
    case PlayClass::part:
      return 0.4F;  // liked well enough to be heard for a while
    case PlayClass::most:
    case PlayClass::full:
      break;
  }
  return 0;
}

}  // namespace segue
