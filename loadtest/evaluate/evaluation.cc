#include "loadtest/evaluate/evaluation.h"

#include <algorithm>
#include <utility>

#include "producers/replay/files/listen_row.h"
#include "producers/replay/files/session_lines.h"
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
  const bool counts = number >= plan_.counted_from;
  const bool sampled = plan_.sampled_every > 0 && number % plan_.sampled_every == 0;
  latest_ = std::max(latest_, draft.time);
  remember(mix_.play(draft), number, Use::all, counts || sampled, counts);
}

void Evaluation::ask(const std::vector<std::string>& tracks) {
  const std::string name = "question-" + std::to_string(++asked_);
  std::vector<EventDraft> session;
  session.reserve(tracks.size());
  Micros time = latest_;
  for (const std::string& track : tracks) {
    time += kSessionTrack;
    session.push_back(event_of(
        {.time = time, .user_id = name, .session_id = name, .track_id = track, .artist_id = {}},
        name, session.size() + 1));
  }
  const auto all = mix_.rehearse(session);
  for (const Prequential::Played& played : all) {
    const bool last = &played == &all.back();
    remember(played, mix_.events(), Use::listener_only, last, last);
  }
}

// `kept`: the listen's prediction is remembered, if there was one; `counts`: also in the figures.
void Evaluation::remember(const Prequential::Played& played, std::uint64_t number, Use use,
                          bool kept, bool counts) {
  if (!played.listened) return;
  const auto& predicted = played.effects.score;  // none: the first listen of a session
  const bool scored = predicted && kept;
  if (scored && counts && played.effects.recommendation)
    show(*played.effects.recommendation, played.event);
  const LoggedListen& listen = history_.add(
      played.event, {.begins_session = !predicted, .scored = scored, .counts = counts, .use = use});
  if (!scored) return;
  result_.listens.push_back({.listener = listen.listener,
                             .event = number,
                             .groups = counts ? listen.groups : std::uint8_t{0},
                             .kind = listen.kind});
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
