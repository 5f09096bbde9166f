#include "core/io/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <vector>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_unreadable.h"
#include "core/io/metrics/gateway_metrics.h"
#include "core/io/metrics/generation_metrics.h"
#include "core/io/metrics/metric_spec.h"
#include "core/io/metrics/quality_metrics.h"

namespace segue::io {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

using Spec = MetricSpec;

constexpr Spec kBuildInfo{"segue_build_info", "gauge", "version, revision",
                          "Always 1; the labels say what runs."};
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
constexpr Spec kDependency{"segue_dependency_up", "gauge", "dependency",
                           "Whether kafka and redis answered this process a moment ago."};
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
constexpr Spec kLatency{"segue_event_to_recommendation_seconds", "histogram", "",
                        "From Kafka's timestamp of an event to its published recommendation."};
constexpr Spec kModels{"segue_item_models_held", "gauge", "",
                       "Item models in this process's memory."};
constexpr Spec kModelsRefused{"segue_item_models_refused", "gauge", "",
                              "Models, catalogue entries and lessons left out since the start: "
                              "unreadable, or of another name "
                              "than the catalogue's."};
constexpr Spec kDead{"segue_dlq_records_total", "counter", "topic, reason",
                     "Dead letters that are in their topic, by input topic."};
constexpr Spec kLeftOut{"segue_worker_left_out_total", "counter", "topic",
                        "Publications that their topic refuses in every form: left out."};
constexpr Spec kUnreadable{"segue_unreadable_total", "counter", "topic",
                           "Places in topics that this process could not read and went past."};
constexpr Spec kRedis{"segue_redis_commands_total", "counter", "command, outcome",
                      "Calls to Redis: ok, lost (no reply) or refused."};
constexpr Spec kReplay{"segue_replay_events_total", "counter", "outcome",
                       "Events replayed: delivered or failed."};

constexpr std::array kSpecs = {
    kBuildInfo,  kEvents,        kBatch,   kStage,    kLagEvents,  kLagSeconds, kState,
    kDependency, kFenced,        kRewinds, kApplyDup, kAttempts,   kRebalances, kLatency,
    kModels,     kModelsRefused, kDead,    kLeftOut,  kUnreadable, kRedis,      kReplay};

constexpr std::array<const char*, 6> kOutcomes = {"applied",     "duplicate", "too_old",
                                                  "dead_letter", "ignored",   "refused"};
constexpr std::array<const char*, 4> kStages = {"load", "step", "publish", "apply"};
constexpr std::size_t kEventTypes = static_cast<std::size_t>(EventType::other) + 1;
constexpr std::size_t kReasons = static_cast<std::size_t>(kLastReason) + 1;

// A label value outside these is counted as "other": labels stay bounded whatever callers say.
constexpr std::array<std::string_view, 9> kRedisCommands = {
    "claim", "load", "apply", "check", "mark", "release", "meta", "init", "other"};
constexpr std::array<std::string_view, 4> kRedisOutcomes = {"ok", "lost", "refused", "other"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& known, std::string_view value) {
  const auto at = std::find(known.begin(), known.end() - 1, value);
  return static_cast<std::size_t>(at - known.begin());
}

Buckets stage_buckets() {
  return {10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3,
          25e-3, 50e-3, 0.1,   0.25,   0.5,    1,      2.5,  5,      10};
}
// Fine where the objective lies (2 to 100 ms), so that a ratio of percentiles means something.
Buckets latency_buckets() {
  return {1e-3,  2e-3,  3e-3,  4e-3,  5e-3,  6e-3,  8e-3, 10e-3, 12e-3, 15e-3, 20e-3,
          25e-3, 30e-3, 40e-3, 50e-3, 60e-3, 80e-3, 0.1,  0.15,  0.2,   0.25,  0.3,
          0.4,   0.5,   0.75,  1,     1.5,   2,     3,    5,     7.5,   10};
}
Buckets batch_buckets() { return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}; }

struct LagGauges {
  Gauge* events = nullptr;
  Gauge* seconds = nullptr;
  Gauge* state = nullptr;
};

// What is labelled by input topic; children are made when first needed and kept by enum.
struct TopicMetrics {
  std::string topic;
  std::array<std::array<Counter*, kOutcomes.size()>, kEventTypes> events{};
  std::array<Counter*, kReasons> dead{};
  std::map<std::int32_t, LagGauges> lags;
  std::map<std::int32_t, Gauge*> attempts;  // of owned partitions
};

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  mutable std::mutex mutex;

  Family<Counter>& events = family(BuildCounter(), kEvents, registry);
  Family<Gauge>& lag_events = family(BuildGauge(), kLagEvents, registry);
  Family<Gauge>& lag_seconds = family(BuildGauge(), kLagSeconds, registry);
  Family<Gauge>& state = family(BuildGauge(), kState, registry);
  Family<Gauge>& dependency = family(BuildGauge(), kDependency, registry);
  Family<Gauge>& attempts = family(BuildGauge(), kAttempts, registry);
  Family<Counter>& dead = family(BuildCounter(), kDead, registry);
  Family<Counter>& left_out = family(BuildCounter(), kLeftOut, registry);
  Family<Counter>& redis = family(BuildCounter(), kRedis, registry);

  Histogram& batch = family(BuildHistogram(), kBatch, registry).Add({}, batch_buckets());
  Histogram& latency = family(BuildHistogram(), kLatency, registry).Add({}, latency_buckets());
  Counter& fenced = family(BuildCounter(), kFenced, registry).Add({});
  Counter& rewinds = family(BuildCounter(), kRewinds, registry).Add({});
  Counter& apply_dup = family(BuildCounter(), kApplyDup, registry).Add({});
  std::array<Counter*, kTopics.size() + 1> unreadable{};
  std::array<std::uint64_t, kTopics.size() + 1> unreadable_counted{};  // guarded by mutex
  Gauge& models = family(BuildGauge(), kModels, registry).Add({});
  Gauge& models_refused = family(BuildGauge(), kModelsRefused, registry).Add({});

  std::array<Histogram*, kStages.size()> stages{};
  Counter* assigned = nullptr;
  Counter* revoked = nullptr;
  std::array<Counter*, 2> replayed{};  // delivered, failed
  std::array<std::array<Counter*, kRedisOutcomes.size()>, kRedisCommands.size()> redis_calls{};
  std::vector<std::unique_ptr<TopicMetrics>> topics;
  QualityMetrics quality{registry};
  GenerationMetrics generation{registry};
  GatewayMetrics gateway{registry};

  Families() {
    family(BuildGauge(), kBuildInfo, registry)
        .Add({{"version", SEGUE_VERSION}, {"revision", SEGUE_REVISION}})
        .Set(1);
    auto& stage_family = family(BuildHistogram(), kStage, registry);
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      stages[i] = &stage_family.Add({{"stage", kStages[i]}}, stage_buckets());
    }
    auto& passed_over = family(BuildCounter(), kUnreadable, registry);
    for (std::size_t i = 0; i < unreadable.size(); ++i) {
      const std::string_view name = i < kTopics.size() ? kTopics[i] : "other";
      unreadable[i] = &passed_over.Add({{"topic", std::string(name)}});
    }
    auto& rebalances = family(BuildCounter(), kRebalances, registry);
    assigned = &rebalances.Add({{"kind", "assigned"}});
    revoked = &rebalances.Add({{"kind", "revoked"}});
    auto& replay = family(BuildCounter(), kReplay, registry);
    replayed = {&replay.Add({{"outcome", "delivered"}}), &replay.Add({{"outcome", "failed"}})};
  }

  // A topic that this build does not know would be a label without bound.
  TopicMetrics& of(std::string_view input) {
    const bool known = std::find(kTopics.begin(), kTopics.end(), input) != kTopics.end();
    const std::string_view name = known ? input : "other";
    for (const auto& entry : topics) {
      if (entry->topic == name) return *entry;
    }
    topics.push_back(std::make_unique<TopicMetrics>());
    topics.back()->topic = name;
    return *topics.back();
  }

  void count(TopicMetrics& topic, const EventCount& counted) {
    const auto type = static_cast<std::size_t>(counted.type);
    const auto outcome = static_cast<std::size_t>(counted.outcome);
    Counter*& child = topic.events[type][outcome];
    if (child == nullptr) {
      child = &events.Add({{"topic", topic.topic},
                           {"type", std::string(name_of(counted.type))},
                           {"outcome", kOutcomes[outcome]}});
    }
    child->Increment(static_cast<double>(counted.events));
  }

  void count(TopicMetrics& topic, Reason reason, std::uint64_t records) {
    Counter*& child = topic.dead[static_cast<std::size_t>(reason)];
    if (child == nullptr) {
      child = &dead.Add({{"topic", topic.topic}, {"reason", std::string(name_of(reason))}});
    }
    child->Increment(static_cast<double>(records));
  }

  static prometheus::Labels labels_of(const TopicMetrics& topic, std::int32_t partition) {
    return {{"topic", topic.topic}, {"partition", std::to_string(partition)}};
  }

  void set(TopicMetrics& topic, const PartitionLag& lag) {
    LagGauges& gauges = topic.lags[lag.partition];
    if (gauges.events == nullptr) {
      const prometheus::Labels labels = labels_of(topic, lag.partition);
      gauges = {&lag_events.Add(labels), &lag_seconds.Add(labels), &state.Add(labels)};
    }
    gauges.events->Set(static_cast<double>(lag.events));
    gauges.seconds->Set(lag.seconds);
    gauges.state->Set(lag.state);
  }

  void set(TopicMetrics& topic, const PartitionProgress& one) {
    Gauge*& gauge = topic.attempts[one.partition];
    if (gauge == nullptr) gauge = &attempts.Add(labels_of(topic, one.partition));
    gauge->Set(one.attempts);
  }

  // Another process owns it now: two would report its attempts.
  void forget(TopicMetrics& topic, std::int32_t partition) {
    const auto at = topic.attempts.find(partition);
    if (at == topic.attempts.end()) return;
    attempts.Remove(at->second);
    topic.attempts.erase(at);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::record(const BatchReport& report, std::string_view input) {
  Families& all = *families_;
  const std::lock_guard lock(all.mutex);
  TopicMetrics& topic = all.of(input);
  for (const EventCount& counted : report.events) all.count(topic, counted);
  for (const auto& [reason, records] : report.dead_letters) all.count(topic, reason, records);
  for (const std::string& name : report.left_out) {
    all.left_out.Add({{"topic", all.of(name).topic}}).Increment();
  }
  if (report.batch_events > 0) {
    all.batch.Observe(static_cast<double>(report.batch_events));
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      all.stages[i]->Observe(report.stage_seconds[i]);
    }
  }
  for (const double seconds : report.event_to_recommendation_seconds) all.latency.Observe(seconds);
  all.quality.record(report);
  all.generation.record(report);
  all.fenced.Increment(static_cast<double>(report.fenced));
  all.rewinds.Increment(static_cast<double>(report.rewinds));
  all.apply_dup.Increment(static_cast<double>(report.apply_duplicates));
  all.assigned->Increment(static_cast<double>(report.assigned));
  all.revoked->Increment(static_cast<double>(report.revoked));
  for (const PartitionProgress& one : report.progress) all.set(topic, one);
  for (const std::int32_t partition : report.gone) all.forget(topic, partition);
  // A report that says nothing of a gauge leaves it as it is.
  if (report.models_held) {
    all.models.Set(static_cast<double>(*report.models_held));
    all.models_refused.Set(static_cast<double>(report.models_refused));
  }
}

void Metrics::begin(const Experiment& experiment) {
  const std::lock_guard lock(families_->mutex);
  families_->quality.begin(experiment);
}

void Metrics::lag(std::string_view input, const PartitionLag& lag) {
  Families& all = *families_;
  const std::lock_guard lock(all.mutex);
  all.set(all.of(input), lag);
}

void Metrics::dependency(std::string_view name, bool up) {
  Families& all = *families_;
  const std::lock_guard lock(all.mutex);
  all.dependency.Add({{"dependency", name == "kafka" ? "kafka" : "redis"}}).Set(up ? 1 : 0);
}

void Metrics::redis_command(std::string_view command, std::string_view outcome) {
  Families& all = *families_;
  const std::size_t c = index_of(kRedisCommands, command);
  const std::size_t o = index_of(kRedisOutcomes, outcome);
  const std::lock_guard lock(all.mutex);
  Counter*& child = all.redis_calls[c][o];
  if (child == nullptr) {
    child = &all.redis.Add(
        {{"command", std::string(kRedisCommands[c])}, {"outcome", std::string(kRedisOutcomes[o])}});
  }
  child->Increment();
}

void Metrics::replayed(std::uint64_t events, std::uint64_t failed) {
  families_->replayed[0]->Increment(static_cast<double>(events));
  families_->replayed[1]->Increment(static_cast<double>(failed));
}

GatewayMetrics& Metrics::gateway() { return families_->gateway; }

std::string Metrics::text() const {
  {
    const std::lock_guard lock(families_->mutex);
    auto& counted = families_->unreadable_counted;
    const auto before = std::exchange(counted, unreadable_seen());
    for (std::size_t i = 0; i < counted.size(); ++i) {
      families_->unreadable[i]->Increment(static_cast<double>(counted[i] - before[i]));
    }
  }
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

std::string metrics_table() {
  std::string text = "| metric | type | labels | what it counts |\n|---|---|---|---|\n";
  const auto row = [&](const Spec& spec) {
    text += "| `" + std::string(spec.name) + "` | " + spec.type + " | " + spec.labels + " | " +
            spec.help + " |\n";
  };
  for (const Spec& spec : kSpecs) row(spec);
  for (const Spec& spec : quality_specs()) row(spec);
  for (const Spec& spec : generation_specs()) row(spec);
  for (const Spec& spec : gateway_specs()) row(spec);
  return text;
}

}  // namespace segue::io
