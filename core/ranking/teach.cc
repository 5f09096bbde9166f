#include "core/ranking/teach.h"

#include <algorithm>

#include "core/listener/influence.h"
#include "core/listener/listed.h"
#include "core/listener/listening.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

// A whole skip says less than a listen: the listener may only want something else now.
constexpr float kSkipReward = -0.25F;
// A repeat is foreseen easily: where it is the exception it is learned from with so much of a
// listen's weight, so that what is new to the listener gets its share of the lists.
constexpr float kRepeatRewardLeast = 0.6F;
// A play that the player went on to by itself was only let through; where it followed our list, the
// list must not confirm itself.
constexpr float kLetThroughReward = 0.25F;
constexpr float kCreditKept = 0.85F;
// Candidates that the ranker learns from: what is ranked below has almost no share in what it
// would have chosen, and describing costs most of a ranking's time. More teach no better (30Music:
// HR@20 .2744, .2748, .2747, MRR@20 .1724, .1721, .1718 for 50, 100, 300; .2751, .1726 for 60).
constexpr std::int64_t kLearnedFromMax = 60;

// 1 for a listen, less for a repeat of somebody who seldom comes back, negative for a skip.
float reward_of(const Listener& listener, const Event& event, bool chosen) {
  if (was_skipped(event)) return kSkipReward * skip_weight(event);
  const float reward = chosen ? 1 : kLetThroughReward;
  if (!knows(listener, event.track)) return reward;
  return reward * (kRepeatRewardLeast + (1 - kRepeatRewardLeast) * listener.repeat_share);
}

void credit_sources(Listener& listener, const Ranking& ranking, std::ptrdiff_t target) {
  listener.credit_seen = kCreditKept * listener.credit_seen + 1;
  for (std::size_t s = 0; s < sources().size(); ++s) {
    const float credit = target < 0 ? 0 : ranking.relative(static_cast<std::size_t>(target), s);
    listener.source_credit[s] = kCreditKept * listener.source_credit[s] + credit;
  }
}

}  // namespace

Tuning tuned_for_learning(const Tuning& tuning) {
  Tuning fewer = tuning;
  fewer.candidates_max = std::min(tuning.candidates_max, kLearnedFromMax);
  fewer.without_composed = true;
  return fewer;
}

std::optional<Score> score_of(const Listener& listener, const Event& event, const Query& query,
                              const Ranking& ranking) {
  if (listener.session_listens == 0 || listener.list_offset < 0) return std::nullopt;
  return Score{
      .rank = place_in_list(listener, event.track),
      .candidate = ranking.candidates().proposed(query.models().find(item_of(event.track))),
      .new_to_listener = !knows(listener, event.track),
      .skipped = was_skipped(event),
      .session_position = static_cast<std::int32_t>(listener.session_listens)};
}

void teach(Listener& listener, Ranker& ranker, const Event& event, bool chosen, Ranking& ranking,
           const Tuning& tuning) {
  const std::ptrdiff_t target = ranking.find(item_of(event.track));
  if (target >= 0) {
    const Lesson lesson{.reward = reward_of(listener, event, chosen),
                        .shared = lesson_of(listener, event)};
    ranking.learn(listener, ranker, target, lesson, tuning);
  }
  if (chosen) credit_sources(listener, ranking, target);
}

}  // namespace segue
