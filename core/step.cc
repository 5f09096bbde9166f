#include "core/step.h"

#include <algorithm>

#include "core/composing/consider.h"
#include "core/listener/admission.h"
#include "core/listener/erasure.h"
#include "core/listener/influence.h"
#include "core/listener/listed.h"
#include "core/listener/listening.h"
#include "core/listener/wishes.h"
#include "core/ranking/explain.h"
#include "core/ranking/rules/arrange.h"
#include "core/ranking/teach.h"

namespace segue {
namespace {

// An event and what it meets. The ranker is named apart: to see who changes it.
struct Step {
  Listener& listener;
  const Event& event;
  const ItemModels& models;
  const Tuning& tuning;
  RankingMemory& memory;

  // From the outermost to the innermost.
  Effects observe(Ranker& ranker) const;
  Effects take(Ranker& ranker) const;
  void erase(Effects& effects) const;
  void start_play(Effects& effects) const;
  void end_play(Ranker& ranker, Effects& effects) const;
  void end_composed(Effects& effects) const;
  void apply_wish(Effects& effects) const;
  std::optional<Score> score_and_learn(Ranker& ranker, bool chosen) const;
  std::optional<TrialEnd> go_on_trial() const;
  void move_taste() const;
  void recommend(const Ranker& ranker, Effects& effects) const;

  void remember(const std::vector<RecommendedTrack>& items) const;

  ListenerId who() const { return listener_id(event.user_id); }
  bool teaches() const { return !event.private_session; }
};

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

void add_left(const Event& event, Left left, Effects& effects) {
  if (!left.empty()) effects.signals.push_back(left_signal(event, std::move(left)));
}

}  // namespace

Effects step(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory) {
  Effects effects = observe(listener, ranker, event, models, tuning, memory);
  refresh(listener, ranker, event, models, tuning, memory, effects);
  return effects;
}

Effects observe(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
                const Tuning& tuning, RankingMemory& memory) {
  if (listener.learning || event.private_session) {
    return Step{listener, event, models, tuning, memory}.observe(ranker);
  }
  Event unlearned = event;
  unlearned.private_session = true;
  return Step{listener, unlearned, models, tuning, memory}.observe(ranker);
}

void refresh(Listener& listener, const Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory, Effects& effects) {
  if (!effects.refresh) return;
  Step{listener, event, models, tuning, memory}.recommend(ranker, effects);
}

void introduce(const Event& event, ItemModels& models) {
  models.introduce(event.track, event.track_name, event.artist, event.time,
                   {.track = event.title, .artist = event.artist_title});
}

// Whether the event counts, and what of it.
Effects Step::observe(Ranker& ranker) const {
  listener.last_offset = event.offset;
  const Admission admission = admit(listener, event);
  if (admission.verdict == Admission::Verdict::counts) return take(ranker);
  if (admission.verdict == Admission::Verdict::duplicate) return only(Outcome::duplicate);
  // A withdrawal counts whatever its clock says: nothing comes back by that.
  if (!withdraws(event)) return too_old(admission.why);
  const Event withdrawal = withdrawal_of(event);
  return Step{listener, withdrawal, models, tuning, memory}.take(ranker);
}

// The effect of an event that counts, by its type.
Effects Step::take(Ranker& ranker) const {
  Effects effects;
  if (event.type == EventType::privacy_erasure_requested) {
    erase(effects);
    return effects;
  }
  // A list found by taste serves no listener who withdrew consent to that, nor the other way round.
  if (event.type == EventType::privacy_consent_changed) memory.forget(who());
  ++listener.events;
  if (listener.time == 0) listener.time = event.time;  // a new listener's clock
  if (event.type == EventType::playback_started) {
    // The end of a late one, if it comes, counts at its own time.
    if (is_late(listener, event)) return effects;
    start_play(effects);
  } else if (is_terminal(event.type)) {
    end_play(ranker, effects);
  } else {
    apply_wish(effects);
  }
  listener.time = std::max(listener.time, event.time);
  return effects;
}

void Step::erase(Effects& effects) const {
  add_left(event, all_remembered(listener), effects);
  listener = erased(listener, event);
  memory.forget(who());
  effects.erased = true;
}

void Step::start_play(Effects& effects) const {
  enter_session(listener, event);
  // A start may come after its end, from an app that was offline.
  if (!has_ended(listener, event.play)) {
    listener.playing = HeardTrack{event.track, event.artist, was_chosen(listener, event)};
    // It is no context for what is found by what others play.
    if (is_composed_id(event.track_name)) listener.playing.reset();
  }
  effects.refresh = true;
}

// The first end of a play counts, whatever ends it again.
void Step::end_play(Ranker& ranker, Effects& effects) const {
  if (!close_play(listener, event.play)) return;
  if (is_composed_id(event.track_name)) return end_composed(effects);
  const bool late = is_late(listener, event);
  const bool misplaced = late || (!was_skipped(event) && is_out_of_order(listener, event));
  const Counts counts{.chosen = was_chosen(listener, event), .in_session = !misplaced};
  // A direction of their own to begin with: a vector of nothing teaches nothing.
  if (!is_known(listener.vector)) listener.vector = start_of(who().value);
  begin_day(listener, event);
  if (misplaced && !late && listener.playing && listener.playing->track == event.track) {
    listener.playing.reset();
  }
  if (counts.in_session) {
    enter_session(listener, event);
    listener.playing.reset();
    effects.score = score_and_learn(ranker, counts.chosen);
    count_skip(listener.composed, event);
    effects.trial = go_on_trial();
  }
  effects.signals = signals_of(listener, event, counts);
  add_left(event, hear(listener, event, counts), effects);
  const bool heard = teaches() && !was_skipped(event);
  if (heard) move_taste();
  effects.refresh = true;
  effects.introduces = heard && event.track;
}

// A track that we composed teaches nothing: no item, no ranker, no taste. The id alone says so,
// because signals follow from the log.
void Step::end_composed(Effects& effects) const {
  ++listener.listens;
  effects.refresh = true;
  if (is_late(listener, event)) return;
  enter_session(listener, event);
  listener.playing.reset();
  ++listener.session_listens;
  count_skip(listener.composed, event);
  segue::hear(listener.composed, event.track);
  if (!teaches()) return;
  effects.composed_kept = !was_skipped(event);
  effects.trial = go_on_trial();
}

std::optional<TrialEnd> Step::go_on_trial() const {
  if (!teaches()) return std::nullopt;
  return memory.decisions().trials.play(who(), listener.session, !was_skipped(event));
}

void Step::apply_wish(Effects& effects) const {
  Left left;
  effects.refresh = segue::apply_wish(listener, event, left);
  add_left(event, std::move(left), effects);
}

// The ranker learns from a ranking of this moment, in which the track just heard takes part only if
// it was known before it was heard.
std::optional<Score> Step::score_and_learn(Ranker& ranker, bool chosen) const {
  Listener anybody;
  Query query(as_seen(listener, anybody), models, who());
  Ranking& ranking = memory.rank(query, ranker, tuned_for_learning(tuning));
  const std::optional<Score> score = score_of(listener, event, query, ranking);
  if (teaches() && listener.personalisation) {
    teach(listener, ranker, event, chosen, ranking, tuning);
  }
  return score;
}

// The listener's half of the factorisation; the trainer moves the track's.
void Step::move_taste() const {
  const ItemModels::Slot slot = models.find(item_of(event.track));
  if (slot == ItemModels::kNone || !is_known(models[slot].vector)) return;
  learn_liking(listener.vector, large(models[slot].vector));
}

void Step::recommend(const Ranker& ranker, Effects& effects) const {
  Listener anybody;
  Query query(as_seen(listener, anybody), models, who());
  const Ranking& ranking = memory.rank(query, ranker, tuning);
  // The draws follow from the event, so that a replay makes the same list.
  const std::vector<Placed> list =
      arrange(query, ranking, tuning, who().value + static_cast<std::uint64_t>(event.offset));
  Explained explained = explain(query, ranker, ranking, list);
  Considered considered =
      consider({listener, event, query, ranking, list, tuning, memory.decisions()});
  if (const auto& reused = considered.reused) {
    place_composed(query, reused->track, reused->wish, reused->asked,
                   static_cast<std::size_t>(tuning.k), explained);
  }
  remember(explained.items);
  effects.job = std::move(considered.job);
  effects.decision = std::move(considered.decision);
  effects.new_offer = considered.new_offer;
  if (considered.trial) effects.trial = considered.trial;
  effects.recommendation = Recommendation{.id = {},
                                          .user_id = event.user_id,
                                          .version = event.offset,
                                          .cause_id = event.id,
                                          .cause_type = event.type,
                                          .event_time = event.time,
                                          .event_received = event.received,
                                          .items = std::move(explained.items),
                                          .texts = std::move(explained.texts),
                                          .mix = std::move(explained.mix),
                                          .offer = std::move(considered.offer),
                                          .scored = effects.score};
}

// The list that stands while nothing plays is what the next listen is scored on.
void Step::remember(const std::vector<RecommendedTrack>& items) const {
  if (listener.playing) return;
  std::vector<ItemId> tracks;
  tracks.reserve(items.size());
  for (const RecommendedTrack& item : items) tracks.push_back(item_of(item.track));
  remember_list(listener, event.offset, tracks);
}

}  // namespace segue
