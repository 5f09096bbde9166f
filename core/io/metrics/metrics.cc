#include "core/io/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/event/traceparent.h"
#include "core/io/kafka/kafka_figures.h"
#include "core/io/kafka/kafka_unreadable.h"
#include "core/io/metrics/client_metrics.h"
#include "core/io/metrics/decision_metrics.h"
#include "core/io/metrics/gateway_metrics.h"
#include "core/io/metrics/generation_metrics.h"
#include "core/io/metrics/metric_spec.h"
#include "core/io/metrics/open_metrics.h"
#include "core/io/metrics/process_metrics.h"
#include "core/io/metrics/quality_metrics.h"
#include "core/io/metrics/store_metrics.h"
#include "core/io/metrics/worker_metrics.h"

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
constexpr Spec kDependency{"segue_dependency_up", "gauge", "dependency",
                           "Whether kafka and redis answered this process a moment ago."};
constexpr Spec kLatency{"segue_event_to_recommendation_seconds", "histogram", "",
                        "From Kafka's timestamp of an event to its published recommendation."};
constexpr Spec kModels{"segue_item_models_held", "gauge", "",
                       "Item models in this process's memory."};
constexpr Spec kModelsRefused{"segue_item_models_refused", "gauge", "",
                              "Models, catalogue entries and lessons left out since the start: "
                              "unreadable, or of another name "
                              "than the catalogue's."};
constexpr Spec kUnreadable{"segue_unreadable_total", "counter", "topic",
                           "Places in topics that this process could not read and went past."};
constexpr Spec kRedis{"segue_redis_commands_total", "counter", "command, outcome",
                      "Calls to Redis: ok, lost (no reply) or refused."};
constexpr Spec kReplay{"segue_replay_events_total", "counter", "outcome",
                       "Events replayed: delivered or failed."};

constexpr Spec kSpans{"segue_trace_spans_total", "counter", "outcome",
                      "Spans for the collector: sent, refused by it, or dropped because too many "
                      "waited; there once one was."};

constexpr std::array kSpecs = {kBuildInfo,  kDependency, kLatency, kModels, kModelsRefused,
                               kUnreadable, kRedis,      kReplay,  kSpans};

// A label value outside these is counted as "other": labels stay bounded whatever callers say.
constexpr std::array<std::string_view, 9> kRedisCommands = {
    "claim", "load", "apply", "check", "mark", "release", "meta", "init", "other"};
constexpr std::array<std::string_view, 4> kRedisOutcomes = {"ok", "lost", "refused", "other"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& known, std::string_view value) {
  const auto at = std::find(known.begin(), known.end() - 1, value);
  return static_cast<std::size_t>(at - known.begin());
}

// Fine where the objective lies (2 to 100 ms), so that a ratio of percentiles means something.
Buckets latency_buckets() {
  return {1e-3,  2e-3,  3e-3,  4e-3,  5e-3,  6e-3, 8e-3, 10e-3, 12e-3, 15e-3, 20e-3, 25e-3,
          30e-3, 40e-3, 50e-3, 60e-3, 80e-3, 0.1,  0.15, 0.2,   0.25,  0.3,   0.4,   0.5,
          0.75,  1,     1.5,   2,     3,     5,    7.5,  10,    15,    30,    60};
}

// A recommender's counts, beside those of every worker.
struct RecommenderMetrics {
  explicit RecommenderMetrics(prometheus::Registry& registry)
      : latency(family(BuildHistogram(), kLatency, registry).Add({}, latency_buckets())),
        models(family(BuildGauge(), kModels, registry).Add({})),
        models_refused(family(BuildGauge(), kModelsRefused, registry).Add({})),
        quality(registry),
        decisions(registry) {}

  void record(const BatchReport& report) {
    for (const double seconds : report.event_to_recommendation_seconds) latency.Observe(seconds);
    for (const TracedLatency& traced : report.traced) keep(traced);
    quality.record(report);
    decisions.record(report);
    // A report that says nothing of a gauge leaves it as it is.
    if (!report.models_held) return;
    models.Set(static_cast<double>(*report.models_held));
    models_refused.Set(static_cast<double>(report.models_refused));
  }

  // The bucket that an observation falls into keeps the latest trace.
  void keep(const TracedLatency& traced) {
    static const Buckets kBounds = latency_buckets();
    const auto at = std::lower_bound(kBounds.begin(), kBounds.end(), traced.seconds);
    const double bound = at == kBounds.end() ? std::numeric_limits<double>::infinity() : *at;
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    exemplars[bound] = {.trace_id = std::string(trace_id_in(traced.traceparent)),
                        .value = traced.seconds,
                        .at = now.count()};
  }

  Histogram& latency;
  Exemplars exemplars;
  Gauge& models;
  Gauge& models_refused;
  QualityMetrics quality;
  DecisionMetrics decisions;
};

struct ReplayMetrics {
  explicit ReplayMetrics(prometheus::Registry& registry) {
    auto& events = family(BuildCounter(), kReplay, registry);
    delivered = &events.Add({{"outcome", "delivered"}});
    failed = &events.Add({{"outcome", "failed"}});
  }
  Counter* delivered = nullptr;
  Counter* failed = nullptr;
};

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  ProcessMetrics process;
  ClientMetrics clients{registry};
  mutable std::mutex mutex;  // workers wait for it: nothing is written out under it

  Family<Gauge>& dependency = family(BuildGauge(), kDependency, registry);
  Family<Counter>& redis = family(BuildCounter(), kRedis, registry);
  Family<Counter>& spans = family(BuildCounter(), kSpans, registry);
  std::array<Counter*, kTopics.size() + 1> unreadable{};
  std::array<std::uint64_t, kTopics.size() + 1> unreadable_counted{};  // guarded by mutex
  std::array<std::array<Counter*, kRedisOutcomes.size()>, kRedisCommands.size()> redis_calls{};

  // Only what the program feeds: a family of zeros says nothing, and hides what is missing.
  std::optional<WorkerMetrics> worker;
  std::optional<RecommenderMetrics> recommender;
  std::optional<GenerationMetrics> generation;
  std::optional<StoreMetrics> store;
  std::optional<GatewayMetrics> gateway;
  std::optional<ReplayMetrics> replay;

  explicit Families(std::string_view program) {
    const auto feeds = [&](std::string_view name) { return program.empty() || program == name; };
    family(BuildGauge(), kBuildInfo, registry)
        .Add({{"version", SEGUE_VERSION}, {"revision", SEGUE_REVISION}})
        .Set(1);
    auto& passed_over = family(BuildCounter(), kUnreadable, registry);
    for (std::size_t i = 0; i < unreadable.size() && program != "segue-replay"; ++i) {
      const std::string_view name = i < kTopics.size() ? kTopics[i] : "other";
      unreadable[i] = &passed_over.Add({{"topic", std::string(name)}});
    }
    if (feeds("segue-recommender")) recommender.emplace(registry);
    if (feeds("segue-generator")) generation.emplace(registry);
    if (recommender || generation || feeds("segue-trainer")) worker.emplace(registry);
    if (generation || feeds("segue-gateway")) store.emplace(registry);
    if (feeds("segue-gateway")) gateway.emplace(registry);
    if (feeds("segue-replay")) replay.emplace(registry);
  }

  std::map<std::string, Exemplars, std::less<>> latest_exemplars() const {
    const std::lock_guard lock(mutex);
    if (!recommender) return {};
    return {{kLatency.name, recommender->exemplars}};
  }

  void count_unreadable() {
    const std::lock_guard lock(mutex);
    const auto before = std::exchange(unreadable_counted, unreadable_seen());
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (unreadable[i] == nullptr) continue;
      unreadable[i]->Increment(static_cast<double>(unreadable_counted[i] - before[i]));
    }
  }
};

Metrics::Metrics(std::string_view program) : families_(std::make_unique<Families>(program)) {}
Metrics::~Metrics() = default;

void Metrics::record(const BatchReport& report, std::string_view input) {
  Families& all = *families_;
  const std::lock_guard lock(all.mutex);
  if (all.worker) all.worker->record(report, input);
  if (all.recommender) all.recommender->record(report);
  if (all.generation) all.generation->record(report);
}

void Metrics::begin(const Experiment& experiment) {
  const std::lock_guard lock(families_->mutex);
  if (families_->recommender) families_->recommender->quality.begin(experiment);
}

void Metrics::lag(std::string_view input, const PartitionLag& lag) {
  Families& all = *families_;
  const std::lock_guard lock(all.mutex);
  if (all.worker) all.worker->lag(input, lag);
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

void Metrics::spans(std::string_view outcome, std::uint64_t spans) {
  const std::lock_guard lock(families_->mutex);
  families_->spans.Add({{"outcome", std::string(outcome)}}).Increment(static_cast<double>(spans));
}

void Metrics::replayed(std::uint64_t events, std::uint64_t failed) {
  if (!families_->replay) return;
  families_->replay->delivered->Increment(static_cast<double>(events));
  families_->replay->failed->Increment(static_cast<double>(failed));
}

GatewayMetrics& Metrics::gateway() {
  SEGUE_CHECK(families_->gateway);
  return *families_->gateway;
}

StoreMetrics& Metrics::store() {
  SEGUE_CHECK(families_->store);
  return *families_->store;
}

std::vector<prometheus::MetricFamily> Metrics::collect() const {
  families_->count_unreadable();
  families_->clients.update(kafka_figures());
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  std::ranges::move(families_->process.Collect(), std::back_inserter(all));
  return all;
}

std::string Metrics::text(bool open) const {
  const std::vector<prometheus::MetricFamily> all = collect();
  if (!open) return prometheus::TextSerializer().Serialize(all);
  return open_metrics(all, families_->latest_exemplars());
}

std::string metrics_table() {
  std::string text = "| metric | type | labels | what it counts |\n|---|---|---|---|\n";
  const auto row = [&](const Spec& spec) {
    text += "| `" + std::string(spec.name) + "` | " + spec.type + " | " + spec.labels + " | " +
            spec.help + " |\n";
  };
  for (const Spec& spec : kSpecs) row(spec);
  for (const Spec& spec : worker_specs()) row(spec);
  for (const Spec& spec : quality_specs()) row(spec);
  for (const Spec& spec : decision_specs()) row(spec);
  for (const Spec& spec : generation_specs()) row(spec);
  for (const Spec& spec : store_specs()) row(spec);
  for (const Spec& spec : gateway_specs()) row(spec);
  for (const Spec& spec : client_specs()) row(spec);
  for (const Spec& spec : process_specs()) row(spec);
  return text;
}

}  // namespace segue::io
