#include "core/io/metrics/worker_metrics.h"

#include <algorithm>

#include "core/event/topics.h"

namespace segue::io {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using Spec = MetricSpec;

constexpr Spec kEvents{"segue_worker_events_total", "counter", "topic, type, outcome",
                       "Input events: applied, duplicate, too_old or dead_letter; "
                       "item signals also ignored or refused."};
constexpr Spec kBatch{"segue_worker_batch_events", "histogram", "",
                      "Events taken in one turn of a worker."};
constexpr Spec kStage{"segue_worker_stage_duration_seconds", "histogram", "stage",
                      "Time of a turn's load, step, publish and apply."};
constexpr Spec kLagEvents{"segue_worker_lag_events", "gauge", "topic, partition",
                          "Records between a partition's checkpoint and its log's end."};
constexpr Spec kLagSeconds{"segue_worker_lag_seconds", "gauge", "topic, partition",
                           "Age of the oldest record that waits; 0: none does."};
constexpr Spec kState{"segue_worker_partition_state", "gauge", "topic, partition",
                      "0 ok, 1 slow (5 s behind), 2 stalled (its checkpoint stands for 5 s while "
                      "records wait), 3 stopped (for 30 s)."};
constexpr Spec kFenced{"segue_worker_fenced_total", "counter", "",
                       "Batches refused because another worker had claimed the partition."};
constexpr Spec kRewinds{"segue_worker_checkpoint_rewinds_total", "counter", "",
                        "Times the stored state was found at another offset and replayed."};
constexpr Spec kApplyDup{"segue_worker_apply_dup_total", "counter", "",
                         "Batches found already applied when sent again."};
constexpr Spec kAttempts{"segue_worker_partition_attempts", "gauge", "topic, partition",
                         "Claims of the partition since it last made progress."};
constexpr Spec kRebalances{"segue_worker_rebalances_total", "counter", "kind",
                           "Partitions assigned to and revoked from this process."};
constexpr Spec kDead{"segue_dlq_records_total", "counter", "topic, reason",
                     "Dead letters that are in their topic, by input topic."};
constexpr Spec kLeftOut{"segue_worker_left_out_total", "counter", "topic",
                        "Publications that their topic refuses in every form: left out."};

constexpr std::array kSpecs = {kEvents,     kBatch,  kStage,   kLagEvents, kLagSeconds,
                               kState,      kFenced, kRewinds, kApplyDup,  kAttempts,
                               kRebalances, kDead,   kLeftOut};

constexpr std::array<const char*, 6> kOutcomeNames = {"applied",     "duplicate", "too_old",
                                                      "dead_letter", "ignored",   "refused"};
constexpr std::array<const char*, 4> kStages = {"load", "step", "publish", "apply"};

prometheus::Histogram::BucketBoundaries stage_buckets() {
  return {10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3,
          25e-3, 50e-3, 0.1,   0.25,   0.5,    1,      2.5,  5,      10};
}
prometheus::Histogram::BucketBoundaries batch_buckets() {
  return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
}

// A topic that this build does not know would be a label without bound.
std::string_view bounded(std::string_view topic) {
  return std::ranges::find(kTopics, topic) != kTopics.end() ? topic : "other";
}

prometheus::Labels labels_of(const std::string& topic, std::int32_t partition) {
  return {{"topic", topic}, {"partition", std::to_string(partition)}};
}

}  // namespace

std::span<const MetricSpec> worker_specs() { return kSpecs; }

WorkerMetrics::WorkerMetrics(prometheus::Registry& registry)
    : events_(family(BuildCounter(), kEvents, registry)),
      lag_events_(family(BuildGauge(), kLagEvents, registry)),
      lag_seconds_(family(BuildGauge(), kLagSeconds, registry)),
      state_(family(BuildGauge(), kState, registry)),
      attempts_(family(BuildGauge(), kAttempts, registry)),
      dead_(family(BuildCounter(), kDead, registry)),
      left_out_(family(BuildCounter(), kLeftOut, registry)),
      batch_(family(BuildHistogram(), kBatch, registry).Add({}, batch_buckets())),
      fenced_(family(BuildCounter(), kFenced, registry).Add({})),
      rewinds_(family(BuildCounter(), kRewinds, registry).Add({})),
      apply_duplicates_(family(BuildCounter(), kApplyDup, registry).Add({})) {
  auto& stages = family(BuildHistogram(), kStage, registry);
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    stages_[i] = &stages.Add({{"stage", kStages[i]}}, stage_buckets());
  }
  auto& rebalances = family(BuildCounter(), kRebalances, registry);
  assigned_ = &rebalances.Add({{"kind", "assigned"}});
  revoked_ = &rebalances.Add({{"kind", "revoked"}});
}

WorkerMetrics::OfInput& WorkerMetrics::of(std::string_view input) {
  const std::string_view name = bounded(input);
  for (const auto& entry : inputs_) {
    if (entry->topic == name) return *entry;
  }
  inputs_.push_back(std::make_unique<OfInput>());
  OfInput& made = *inputs_.back();
  made.topic = name;
  for (std::size_t i = 0; i < kReasons; ++i) {
    const std::string reason(name_of(static_cast<Reason>(i)));
    made.dead[i] = &dead_.Add({{"topic", made.topic}, {"reason", reason}});
  }
  return made;
}

void WorkerMetrics::count(OfInput& input, const EventCount& counted) {
  const auto type = static_cast<std::size_t>(counted.type);
  const auto outcome = static_cast<std::size_t>(counted.outcome);
  Counter*& child = input.events[type][outcome];
  if (child == nullptr) {
    child = &events_.Add({{"topic", input.topic},
                          {"type", std::string(name_of(counted.type))},
                          {"outcome", kOutcomeNames[outcome]}});
  }
  child->Increment(static_cast<double>(counted.events));
}

void WorkerMetrics::set(OfInput& input, const PartitionProgress& one) {
  Gauge*& gauge = input.attempts[one.partition];
  if (gauge == nullptr) gauge = &attempts_.Add(labels_of(input.topic, one.partition));
  gauge->Set(one.attempts);
}

void WorkerMetrics::forget(OfInput& input, std::int32_t partition) {
  const auto at = input.attempts.find(partition);
  if (at == input.attempts.end()) return;
  attempts_.Remove(at->second);
  input.attempts.erase(at);
}

void WorkerMetrics::lag(std::string_view input, const PartitionLag& lag) {
  OfInput& topic = of(input);
  LagGauges& gauges = topic.lags[lag.partition];
  if (gauges.events == nullptr) {
    const prometheus::Labels labels = labels_of(topic.topic, lag.partition);
    gauges = {&lag_events_.Add(labels), &lag_seconds_.Add(labels), &state_.Add(labels)};
  }
  gauges.events->Set(static_cast<double>(lag.events));
  gauges.seconds->Set(lag.seconds);
  gauges.state->Set(lag.state);
}

void WorkerMetrics::record(const BatchReport& report, std::string_view input) {
  OfInput& topic = of(input);
  for (const EventCount& counted : report.events) count(topic, counted);
  for (const auto& [reason, records] : report.dead_letters) {
    topic.dead[static_cast<std::size_t>(reason)]->Increment(static_cast<double>(records));
  }
  for (const std::string& name : report.left_out) {
    left_out_.Add({{"topic", std::string(bounded(name))}}).Increment();
  }
  if (report.batch_events > 0) {
    batch_.Observe(static_cast<double>(report.batch_events));
    for (std::size_t i = 0; i < kStages.size(); ++i) stages_[i]->Observe(report.stage_seconds[i]);
  }
  fenced_.Increment(static_cast<double>(report.fenced));
  rewinds_.Increment(static_cast<double>(report.rewinds));
  apply_duplicates_.Increment(static_cast<double>(report.apply_duplicates));
  assigned_->Increment(static_cast<double>(report.assigned));
  revoked_->Increment(static_cast<double>(report.revoked));
  for (const PartitionProgress& one : report.progress) set(topic, one);
  for (const std::int32_t partition : report.gone) forget(topic, partition);
}

}  // namespace segue::io
