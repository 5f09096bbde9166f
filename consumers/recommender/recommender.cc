#include "consumers/recommender/recommender.h"

#include <algorithm>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/event/traceparent.h"
#include "core/list/snapshot.h"

namespace segue {
namespace {

void count(io::BatchReport& report, EventType type, Outcome outcome) {
  for (io::EventCount& counted : report.events) {
    if (counted.type == type && counted.outcome == outcome) {
      ++counted.events;
      return;
    }
  }
  report.events.push_back({type, outcome, 1});
}

// Counts what is decided of composed music, and what came of it.
void count_composing(io::BatchReport& report, const Event& event, const Effects& effects) {
  if (effects.trial) report.trials.push_back(*effects.trial);
  if (effects.composed_kept)
    ++(*effects.composed_kept ? report.composed_kept : report.composed_skipped);
  if (!effects.decision) return;
  const PublishedDecision& decision = *effects.decision;
  report.decisions.push_back({decision.trigger.decision.choice, decision.trigger.decision.rule});
  if (effects.new_offer) ++report.offers;
  const bool answers = event.type == EventType::generation_accepted;
  const bool got = decision.answer == Answer::ordered || decision.answer == Answer::listed;
  if (answers && got) ++report.offers_accepted;
}

Header version_header(std::int64_t version) {
  return {std::string(kVersionHeader), std::to_string(version)};
}

std::vector<Header> headers_of(const Recommendation& recommendation) {
  std::vector<Header> headers = {{"ce_specversion", "1.0"},
                                 {"ce_id", recommendation.id},
                                 {"ce_type", "segue.recommendation.updated.v1"},
                                 {"ce_source", "/segue/recommender"},
                                 {"content-type", "application/json"},
                                 version_header(recommendation.version)};
  if (has_listeners_names(recommendation))
    headers.push_back({std::string(kListenersNamesHeader), "1"});
  return headers;
}

}  // namespace

Recommender::Recommender(HeldModels& models, HeldLessons& lessons, DistinctCounts& distinct,
                         const Tuning& tuning, Experiment experiment, std::string source,
                         std::int32_t signal_partitions)
    : models_(models),
      lessons_(lessons),
      distinct_(distinct),
      tuning_(tuning),
      experiment_(std::move(experiment)),
      source_(std::move(source)),
      signals_(static_cast<std::size_t>(signal_partitions)) {}

void Recommender::keys(const Event& event, std::vector<std::string>& keys) const {
  keys.push_back("u:" + event.user_id);
}

Result<Rankers> Recommender::decode_shared(std::string_view blob) const {
  auto rankers = decode_rankers(blob);
  if (rankers) rankers->keep_only(experiment_);
  return rankers;
}

void Recommender::step(const Event& event, const Record& record, States<Listener>& listeners,
                       Rankers& rankers, Outbox& outbox) {
  Listener& listener = listeners.at("u:" + event.user_id);
  const Assignment assigned = assign(experiment_, event.user_id);
  const Tuning& tuning = assigned.variant == Variant::trial ? experiment_.trial : tuning_;
  Ranker& ranker = rankers.of(assigned.variant, experiment_);
  lessons_.tell(ranker, outbox.partition(), assigned.variant);
  Effects effects = step_held(listener, ranker, event, models_, tuning, memory_);
  count(outbox.report(), event.type, effects.outcome);
  count_composing(outbox.report(), event, effects);
  if (effects.score) note_score(*effects.score, assigned, outbox);
  if (effects.dead_letter) outbox.dead_letter(record, *effects.dead_letter, "step", 0);
  for (ItemSignal& signal : effects.signals) route(std::move(signal));
  if (effects.erased) erase(event, outbox);
  if (effects.job) publish(std::move(*effects.job), record, outbox);
  if (effects.recommendation) {
    publish(std::move(*effects.recommendation), assigned.variant, record, outbox);
  }
  if (effects.decision) publish(std::move(*effects.decision), record, outbox);
}

// To the partitions of the items: what is of several items is cut into one signal for each.
void Recommender::route(ItemSignal signal) {
  const auto target_of = [&](ItemId item) {
    const auto partitions = static_cast<std::int32_t>(signals_.size());
    return static_cast<std::size_t>(partition_of(item_key(item), partitions));
  };
  if (signal.kind != SignalKind::left) {
    signals_[target_of(signal.item)].push_back(std::move(signal));
    return;
  }
  std::map<std::size_t, std::vector<ItemId>> parts;
  for (const ItemId item : signal.before) parts[target_of(item)].push_back(item);
  for (auto& [target, items] : parts) {
    signal.before = std::move(items);
    signals_[target].push_back(signal);
  }
}

void Recommender::note_score(const Score& score, const Assignment& assigned, Outbox& outbox) {
  outbox.report().scores.push_back(
      {.score = score, .variant = assigned.variant, .bucket = assigned.bucket});
  if (!experiment_.runs()) return;
  distinct_.listeners[static_cast<std::size_t>(assigned.variant)].add(assigned.hash);
}

// A record without a value asks keepers of a list of the listener, not newer, to drop it.
void Recommender::erase(const Event& event, Outbox& outbox) {
  outbox.publish({.topic = std::string(topic::kRecommendations),
                  .partition = -1,
                  .key = event.user_id,
                  .value = std::nullopt,
                  .headers = {version_header(event.offset)}});
  snapshots_["r:" + event.user_id] = std::nullopt;
}

void Recommender::publish(Recommendation recommendation, Variant variant, const Record& cause,
                          Outbox& outbox) {
  if (experiment_.runs()) recommendation.variant = experiment_.name_of(variant);
  recommendation.id = outbox.next_id(recommendation.version);
  DistinctCounter& tracks = distinct_.tracks[static_cast<std::size_t>(variant)];
  for (const RecommendedTrack& item : recommendation.items) tracks.add(item.track.value);
  std::vector<Header> headers = headers_of(recommendation);
  std::string traceparent = traceparent_of(cause);
  if (!traceparent.empty()) headers.push_back({std::string(kTraceparentHeader), traceparent});
  outbox.publish({.topic = std::string(topic::kRecommendations),
                  .partition = -1,
                  .key = recommendation.user_id,
                  .value = encode(recommendation),
                  .headers = std::move(headers)});
  outbox.recommended(recommendation.event_received, std::move(traceparent));
  snapshots_["r:" + recommendation.user_id] = encode_snapshot(recommendation);
}

// A batch that is stepped again names the same jobs.
void Recommender::publish(GenerationJob job, const Record& cause, Outbox& outbox) const {
  std::vector<Header> headers = {{"content-type", "application/json"}};
  job.traceparent = traceparent_of(cause);
  if (!job.traceparent.empty()) {
    headers.push_back({std::string(kTraceparentHeader), job.traceparent});
  }
  outbox.publish({.topic = std::string(topic::kGenerationJobs),
                  .partition = -1,
                  .key = job.id,
                  .value = encode(job),
                  .headers = std::move(headers)});
}

// After the list of the same event, whose id stays the first of its place.
void Recommender::publish(PublishedDecision decision, const Record& cause, Outbox& outbox) const {
  decision.id = outbox.next_id(cause.offset);
  std::vector<Header> headers = {{"content-type", "application/json"}, {"ce_id", decision.id}};
  if (!decision.track_id.empty()) {
    headers.push_back({std::string(kDecidedTrackHeader), decision.track_id});
  }
  std::string trace = traceparent_of(cause);
  if (!trace.empty()) headers.push_back({std::string(kTraceparentHeader), std::move(trace)});
  outbox.publish({.topic = std::string(topic::kGenerationDecisions),
                  .partition = -1,
                  .key = decision.user_id,
                  .value = encode(decision),
                  .headers = std::move(headers)});
}

void Recommender::refused(io::BatchReport& report) const {
  count(report, EventType::other, Outcome::dead_letter);
}

// One record a target partition for the whole batch, so that at most one is on its way. A batch of
// the largest size stays far below Kafka's record limit.
void Recommender::close(States<Listener>&, Rankers& rankers, Outbox& outbox, std::int64_t first,
                        std::int64_t next) {
  for (std::size_t target = 0; target < signals_.size(); ++target) {
    if (signals_[target].empty()) continue;
    SEGUE_CHECK(signals_[target].size() <= SignalBatch::kSignalsMax);
    const SignalBatch batch{.source = source_,
                            .partition = outbox.partition(),
                            .first = first,
                            .next = next,
                            .signals = std::move(signals_[target])};
    signals_[target].clear();
    outbox.publish({.topic = std::string(topic::kItemSignals),
                    .partition = static_cast<std::int32_t>(target),
                    .key = std::nullopt,
                    .value = encode(batch),
                    .headers = {}});
  }
  tell_lessons(rankers, outbox);
  for (auto& [key, snapshot] : snapshots_) outbox.write(key, std::move(snapshot));
  snapshots_.clear();
}

void Recommender::tell_lessons(Rankers& rankers, Outbox& outbox) const {
  tell_lessons(rankers.control, {}, outbox);
  if (rankers.trial) tell_lessons(rankers.trial->ranker, rankers.trial->experiment, outbox);
}

// Should the batch be stepped again, its lessons then replace these.
void Recommender::tell_lessons(Ranker& ranker, const std::string& experiment,
                               Outbox& outbox) const {
  if (!ranker.has_news()) return;
  outbox.publish({.topic = std::string(topic::kLessons),
                  .partition = -1,
                  .key = encode(LessonsKey{outbox.partition(), experiment}),
                  .value = encode(ranker),
                  .headers = {}});
}

void Recommender::tell(io::BatchReport& report) const {
  models_.read([&](const ItemModels& models) {
    report.models_held = models.held();
    report.track_models_held = models.tracks_held();
  });
  report.models_refused = models_.refused();
  for (std::size_t v = 0; v < kVariants; ++v) {
    report.tracks_recommended[v] = distinct_.tracks[v].estimate();
    report.listeners_scored[v] = distinct_.listeners[v].estimate();
  }
}

}  // namespace segue
