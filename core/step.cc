#include "core/step.h"

#include <algorithm>
#include <cmath>

#include "core/listener/influence.h"
#include "core/listener/listening.h"
#include "core/listener/wishes.h"
#include "core/ranking/explain.h"
#include "core/ranking/rules/arrange.h"
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

// Of the ranking's learning: 1 for a listen, less for a repeat of somebody who seldom comes back,
// negative for a skip.
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

// Who does not consent to lists of their own gets those of somebody unknown: nothing of their taste
// is in it, but what they hid or asked for is heeded.
const Listener& as_seen(const Listener& listener, Listener& anybody) {
  if (listener.personalisation) return listener;
  anybody.last_offset = listener.last_offset;
  anybody.time = listener.time;
  anybody.session = listener.session;
  anybody.request = listener.request;
  anybody.hidden_tracks = listener.hidden_tracks;
  anybody.hidden_artists = listener.hidden_artists;
  anybody.explicit_allowed = listener.explicit_allowed;
  return anybody;
}

// In a published list a track is known by the low half of its id.
std::uint32_t listed_as(ItemId track) { return static_cast<std::uint32_t>(track.value); }

// 1 = first; 0 = not there.
std::int32_t place_in(const std::vector<std::uint32_t>& list, TrackId track) {
  const auto found = std::find(list.begin(), list.end(), listed_as(item_of(track)));
  return found == list.end() ? 0 : static_cast<std::int32_t>(found - list.begin()) + 1;
}

// Scores the list that was published before this listen on it, then learns from it, unless it is
// private. The list is the listener's own record of it, whatever models and ranker are by now. The
// ranker learns from a ranking of this moment, in which the track just heard takes part only if it
// was known before it was heard: introducing it is the caller's, later.
std::optional<Score> score_and_learn(Listener& listener, Ranker& ranker, const Event& event,
                                     bool chosen, const ItemModels& models, const Tuning& tuning,
                                     RankingMemory& memory) {
  Tuning fewer = tuning;
  fewer.candidates_max = std::min(tuning.candidates_max, kLearnedFromMax);
  Listener anybody;
  Query query(as_seen(listener, anybody), models, listener_id(event.user_id));
  Ranking& ranking = memory.rank(query, ranker, fewer);
  const std::ptrdiff_t target = ranking.find(item_of(event.track));
  std::optional<Score> score;
  if (listener.session_listens > 0 && listener.list_offset >= 0) {
    score = Score{.rank = place_in(listener.listed, event.track),
                  .candidate = target >= 0,
                  .new_to_listener = !knows(listener, event.track),
                  .skipped = was_skipped(event),
                  .session_position = static_cast<std::int32_t>(listener.session_listens)};
  }
  if (event.private_session || !listener.personalisation) return score;
  if (target >= 0) {
    ranking.learn(
        listener, ranker, target,
        {.reward = reward_of(listener, event, chosen), .shared = lesson_of(listener, event)},
        tuning);
  }
  if (chosen) credit_sources(listener, ranking, target);
  return score;
}

// The list that stands while nothing plays is what the next listen is scored on.
void remember_list(Listener& listener, const Event& event, const Ranking& ranking,
                   const std::vector<Placed>& list) {
  listener.list_offset = event.offset;
  listener.listed.clear();
  for (const Placed& placed : list) {
    listener.listed.push_back(listed_as(ranking.candidates().id(placed.candidate)));
  }
}

Recommendation recommend(Listener& listener, const Ranker& ranker, const Event& event,
                         const ItemModels& models, const Tuning& tuning, RankingMemory& memory) {
  Listener anybody;
  Query query(as_seen(listener, anybody), models, listener_id(event.user_id));
  const Ranking& ranking = memory.rank(query, ranker, tuning);
  // The draws follow from the event, so that a replay makes the same list.
  const std::vector<Placed> list =
      arrange(query, ranking, tuning,
              listener_id(event.user_id).value + static_cast<std::uint64_t>(event.offset));
  Explained explained = explain(query, ranker, ranking, list);
  Recommendation refreshed{.id = {},
                           .user_id = event.user_id,
                           .version = event.offset,
                           .cause_id = event.id,
                           .cause_type = event.type,
                           .event_time = event.time,
                           .event_received = event.received,
                           .items = std::move(explained.items),
                           .texts = std::move(explained.texts),
                           .mix = std::move(explained.mix),
                           .scored = {}};
  if (!listener.playing) remember_list(listener, event, ranking, list);
  return refreshed;
}

// The listener's half of the factorisation; the trainer moves the track's.
void move_taste(Listener& listener, const Event& event, const ItemModels& models) {
  const ItemModels::Slot slot = models.find(item_of(event.track));
  if (slot == ItemModels::kNone || !is_known(models[slot].vector)) return;
  learn_liking(listener.vector, large(models[slot].vector));
}

// The end of a play. The first one counts, whatever ends it again.
bool end_play(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
              const Tuning& tuning, RankingMemory& memory, Effects& effects) {
  if (!close_play(listener, event.play)) return false;
  const Counts counts{.chosen = was_chosen(listener, event),
                      .in_session = !is_late(listener, event)};
  // A direction of their own to begin with: of a vector of nothing nobody learns.
  if (!is_known(listener.vector)) listener.vector = start_of(listener_id(event.user_id).value);
  begin_day(listener, event);
  if (counts.in_session) {
    enter_session(listener, event);
    listener.playing.reset();
    effects.score = score_and_learn(listener, ranker, event, counts.chosen, models, tuning, memory);
  }
  effects.signals = signals_of(listener, event, counts);
  Left left = hear(listener, event, counts);
  if (!left.empty()) effects.signals.push_back(left_signal(event, std::move(left)));
  if (!event.private_session && !was_skipped(event)) move_taste(listener, event, models);
  return true;
}

Effects only(Outcome outcome) {
  Effects effects;
  effects.outcome = outcome;
  return effects;
}

Effects too_old(std::string_view why) {
  Effects effects = only(Outcome::too_old);
  effects.dead_letter = error(Reason::too_old, std::string(why));
  return effects;
}

// It happened before the listener was erased: a late retry, or something else from then. Where the
// event corrects its device's clock, that is the judge; else the latest that any clock had said.
bool from_before(const Listener::Erasure& erasure, const Event& event) {
  return event.skew_known ? event.time <= erasure.at : event.device_time <= erasure.device_at;
}

bool withdraws(const Event& event) {
  return event.type == EventType::privacy_erasure_requested ||
         (event.type == EventType::privacy_consent_changed &&
          (event.consent.learning == false || event.consent.personalisation == false));
}

// What still counts of a withdrawal that comes late: that much, and no consent.
Event withdrawal_of(const Event& event) {
  Event withdrawal = event;
  if (event.consent.learning == true) withdrawal.consent.learning.reset();
  if (event.consent.personalisation == true) withdrawal.consent.personalisation.reset();
  return withdrawal;
}

Listener erased(const Listener& listener, const Event& event) {
  const Micros said = std::max(event.device_time, listener.windows.latest());
  const Listener::Erasure before = listener.erasure.value_or(Listener::Erasure{.times = 0});
  // A clock that nobody can check does not say when it was.
  const Micros at = event.skew_known ? event.time : event.received;
  return forgotten(listener, event.offset,
                   {.at = std::max(at, before.at),
                    .device_at = std::max(said, before.device_at),
                    .times = static_cast<std::uint8_t>(std::min(before.times + 1, 255))});
}

// An event that counts.
Effects take(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory) {
  Effects effects;
  if (event.type == EventType::privacy_erasure_requested) {
    if (Left left = all_remembered(listener); !left.empty()) {
      effects.signals.push_back(left_signal(event, std::move(left)));
    }
    listener = erased(listener, event);
    memory.forget(listener_id(event.user_id));
    effects.erased = true;
    return effects;
  }
  // What was found by taste serves nobody who no longer consents to that, nor the other way round.
  if (event.type == EventType::privacy_consent_changed) memory.forget(listener_id(event.user_id));
  ++listener.events;
  if (listener.time == 0) listener.time = event.time;  // a new listener's clock
  if (event.type == EventType::playback_started && is_late(listener, event)) {
    return effects;  // its end, if it comes, counts at its own time
  }
  if (event.type == EventType::playback_started) {
    enter_session(listener, event);
    // A start may come after its end, from an app that was offline.
    if (!has_ended(listener, event.play)) {
      listener.playing = HeardTrack{event.track, event.artist, was_chosen(listener, event)};
    }
    effects.refresh = true;
  } else if (is_terminal(event.type)) {
    effects.refresh = end_play(listener, ranker, event, models, tuning, memory, effects);
    effects.introduces =
        effects.refresh && event.track && !event.private_session && !was_skipped(event);
  } else {
    Left left;
    effects.refresh = heed(listener, event, left);
    if (!left.empty()) effects.signals.push_back(left_signal(event, std::move(left)));
  }
  listener.time = std::max(listener.time, event.time);
  return effects;
}

}  // namespace

Effects observe(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
                const Tuning& tuning, RankingMemory& memory) {
  if (!listener.learning && !event.private_session) {
    Event unlearned = event;
    unlearned.private_session = true;
    return observe(listener, ranker, unlearned, models, tuning, memory);
  }
  listener.last_offset = event.offset;
  if (listener.erasure && event.received > listener.erasure->at + Listener::kErasureKept) {
    listener.erasure.reset();
  }
  std::string_view late;
  if (listener.erasure && from_before(*listener.erasure, event)) {
    // By a right clock: what it asks for is done.
    if (event.type == EventType::privacy_erasure_requested && event.skew_known) {
      return only(Outcome::duplicate);
    }
    late = "from before the listener was erased";
  } else {
    switch (listener.windows.admit(event.session, event.seq, event.device_time)) {
      case ReplayWindows::Verdict::duplicate:
        return only(Outcome::duplicate);
      case ReplayWindows::Verdict::too_old:
        late = "older than the window that tells a retry from a new event";
        break;
      case ReplayWindows::Verdict::fresh:
        break;
    }
  }
  if (late.empty()) return take(listener, ranker, event, models, tuning, memory);
  // Whoever withdraws is heeded whatever their clock says: nothing comes back by that.
  if (!withdraws(event)) return too_old(late);
  return take(listener, ranker, withdrawal_of(event), models, tuning, memory);
}

void refresh(Listener& listener, const Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory, Effects& effects) {
  if (!effects.refresh) return;
  effects.recommendation = recommend(listener, ranker, event, models, tuning, memory);
  effects.recommendation->scored = effects.score;
}

void introduce(const Event& event, ItemModels& models) {
  models.introduce(event.track, event.track_name, event.artist, event.time,
                   {.track = event.title, .artist = event.artist_title});
}

Effects step(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory) {
  Effects effects = observe(listener, ranker, event, models, tuning, memory);
  refresh(listener, ranker, event, models, tuning, memory, effects);
  return effects;
}

}  // namespace segue
