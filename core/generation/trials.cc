#include "core/generation/trials.h"

namespace segue {

std::optional<TrialEnd> Trials::end_of(const Trial& trial) {
  if (trial.plays == 0) return std::nullopt;
  return TrialEnd{.composed = trial.composed,
                  .forced = trial.forced,
                  .kept = static_cast<float>(trial.kept) / static_cast<float>(trial.plays)};
}

std::optional<TrialEnd> Trials::begin(ListenerId who, SessionId session, std::uint64_t of,
                                      bool composed, bool forced) {
  std::optional<TrialEnd> end;
  if (const auto found = of_.find(who.value); found != of_.end()) {
    const Trial& before = *found->second;
    if (before.of == of && before.session == session) return std::nullopt;
    if (before.plays < kPlays) end = end_of(before);
    forget(who);
  }
  if (order_.size() == kHeldMax) forget(order_.front().who);
  order_.push_back(
      {.who = who, .session = session, .of = of, .composed = composed, .forced = forced});
  of_.emplace(who.value, std::prev(order_.end()));
  return end;
}

std::optional<TrialEnd> Trials::play(ListenerId who, SessionId session, bool kept) {
  const auto found = of_.find(who.value);
  if (found == of_.end()) return std::nullopt;
  Trial& trial = *found->second;
  if (trial.session != session) {
    const auto end = trial.plays < kPlays ? end_of(trial) : std::nullopt;
    forget(who);
    return end;
  }
  if (trial.plays == kPlays) return std::nullopt;
  ++trial.plays;
  trial.kept += kept ? 1 : 0;
  return trial.plays == kPlays ? end_of(trial) : std::nullopt;
}

void Trials::forget(ListenerId who) {
  const auto found = of_.find(who.value);
  if (found == of_.end()) return;
  order_.erase(found->second);
  of_.erase(found);
}

}  // namespace segue
