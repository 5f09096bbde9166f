#include "core/listener/erasure.h"

#include <algorithm>

namespace segue {

namespace {

bool refuses(const AiMusicSaid& said) { return said.mode == AiMode::off || said.refused != 0; }

// A refusal survives what consents do not.
AiMusic refusal_of(const AiMusic& setting) {
  return {setting.mode == AiMode::off ? AiMode::off : AiMode::ask, setting.refused};
}

}  // namespace

bool withdraws(const Event& event) {
  return event.type == EventType::privacy_erasure_requested ||
         (event.type == EventType::privacy_consent_changed &&
          (event.consent.learning == false || event.consent.personalisation == false ||
           refuses(event.ai_music)));
}

Event withdrawal_of(const Event& event) {
  Event withdrawal = event;
  if (event.consent.learning == true) withdrawal.consent.learning.reset();
  if (event.consent.personalisation == true) withdrawal.consent.personalisation.reset();
  withdrawal.ai_music.allowed = 0;
  if (withdrawal.ai_music.mode != AiMode::off) withdrawal.ai_music.mode.reset();
  return withdrawal;
}

Listener erased(const Listener& listener, const Event& event) {
  const Micros said = std::max(event.device_time, listener.windows.latest());
  const Listener::Erasure before = listener.erasure.value_or(Listener::Erasure{.times = 0});
  // A clock that cannot be checked does not say when it was.
  const Micros at = event.skew_known ? event.time : event.received;
  Listener left;
  left.last_offset = event.offset;
  left.erasure = {.at = std::max(at, before.at),
                  .device_at = std::max(said, before.device_at),
                  .times = static_cast<std::uint8_t>(std::min(before.times + 1, 255))};
  left.day = listener.day;
  left.learning = listener.learning;
  left.personalisation = listener.personalisation;
  left.composed.setting = refusal_of(listener.composed.setting);
  left.composed.budget = listener.composed.budget;
  return left;
}

bool fades(const Listener& listener) {
  return listener.erasure && listener.events == 0 && listener.learning &&
         listener.personalisation && listener.composed.setting == AiMusic{};
}

}  // namespace segue
