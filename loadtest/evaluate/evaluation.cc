#include "loadtest/evaluate/evaluation.h"

#include <utility>
namespace segue {
namespace {

Verdict verdict_of(const Score& score) {
  const bool in_depth = score.rank <= kDepth;
  return {.rank = static_cast<std::uint8_t>(in_depth ? score.rank : 0),
          .candidate = score.candidate};
}

}  // namespace

Evaluation::Evaluation(const Plan& plan)
    : plan_(plan), mix_(plan.tuning, plan.models_every, plan.partitions) {
  result_.lanes.push_back({.name = "mix", .verdicts = {}, .exposure = {}});
}

void Evaluation::play(const EventDraft& draft) {
  const std::uint64_t number = mix_.events();
  const Prequential::Played played = mix_.play(draft);
  if (!played.listened) return;
  const auto& predicted = played.effects.score;  // none: the first listen of a session
  const bool scored = predicted && number >= plan_.scored_from;
  if (scored && played.effects.recommendation) show(*played.effects.recommendation, played.event);
  const LoggedListen& listen = history_.add(played.event, !predicted, scored, Use::all);
  if (!scored) return;
  result_.listens.push_back(
      {.listener = listen.listener, .event = number, .groups = listen.groups});
  result_.lanes.front().verdicts.push_back(verdict_of(*predicted));
}

void Evaluation::show(const Recommendation& published, const Event& event) {
  list_.clear();
  for (const RecommendedTrack& item : published.items)
    list_.push_back(history_.number_of(item.track));
  const baseline::Track played = history_.number_of(event.track);
  result_.lanes.front().exposure.add(list_, played, history_.plays(), history_.artists());
}

Evaluated Evaluation::finish() {
  result_.events = mix_.events();
  result_.listeners = mix_.listeners();
  result_.items = mix_.items();
  result_.tracks = history_.tracks();
  result_.costs = mix_.costs();
  return std::move(result_);
}

}  // namespace segue
