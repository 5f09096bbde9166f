#include "core/io/metrics/generation_metrics.h"

#include <numeric>
#include <string>

#include "core/generation/decision.h"
#include "core/generation/result.h"

namespace segue::io {
namespace {

constexpr MetricSpec kJobs{"segue_generation_jobs_total", "counter", "outcome, trigger",
                           "Jobs that ended: ready, reused, expired or failed, by the rule that "
                           "asked for them."};
constexpr MetricSpec kSeconds{"segue_generation_job_seconds", "histogram", "stage",
                              "Time of a piece: queued, composing, rendering, checking."};
constexpr MetricSpec kRatio{"segue_generation_realtime_ratio", "gauge", "",
                            "Seconds of music that the latest piece took a second to make."};
constexpr MetricSpec kOpen{"segue_generation_jobs_open", "gauge", "",
                           "Jobs of this process's partitions that have no end yet."};

constexpr std::array kSpecs = {kJobs, kSeconds, kRatio, kOpen};
constexpr std::array<const char*, 4> kStages = {"queued", "composing", "rendering", "checking"};
// All ends that a job may have: counted from 0, so that a generator that waits for its first job is
// seen, and the rate of failures begins with the first.
constexpr std::array kComposing = {Rule::request, Rule::no_match, Rule::skips, Rule::exhausted,
                                   Rule::forced};
constexpr std::array kEnds = {Stage::ready, Stage::reused, Stage::expired, Stage::failed};

prometheus::Histogram::BucketBoundaries buckets() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 30, 60, 120, 600};
}

}  // namespace

std::span<const MetricSpec> generation_specs() { return kSpecs; }

GenerationMetrics::GenerationMetrics(prometheus::Registry& registry)
    : jobs_(family(prometheus::BuildCounter(), kJobs, registry)),
      seconds_(family(prometheus::BuildHistogram(), kSeconds, registry)),
      ratio_(family(prometheus::BuildGauge(), kRatio, registry)),
      open_(family(prometheus::BuildGauge(), kOpen, registry)) {
  for (const Rule rule : kComposing) {
    for (const Stage end : kEnds) counter_of({name_of(end), name_of(rule)});
  }
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    stages_[i] = &seconds_.Add({{"stage", kStages[i]}}, buckets());
  }
}

void GenerationMetrics::record(const BatchReport& report) {
  for (const JobEnd& end : report.job_ends) add(end);
  for (const PieceMade& piece : report.pieces) add(piece);
  if (!report.jobs_open) return;
  if (jobs_open_ == nullptr) jobs_open_ = &open_.Add({});
  jobs_open_->Set(static_cast<double>(*report.jobs_open));
}

prometheus::Counter& GenerationMetrics::counter_of(const JobEnd& end) {
  prometheus::Counter*& counter = ends_[{end.outcome, end.trigger}];
  if (counter == nullptr) {
    counter =
        &jobs_.Add({{"outcome", std::string(end.outcome)}, {"trigger", std::string(end.trigger)}});
  }
  return *counter;
}

void GenerationMetrics::add(const JobEnd& end) { counter_of(end).Increment(); }

void GenerationMetrics::add(const PieceMade& piece) {
  // Not from 0 on: an alert takes a low ratio for a slow machine.
  if (realtime_ratio_ == nullptr) realtime_ratio_ = &ratio_.Add({});
  stages_[0]->Observe(piece.queued_seconds);
  for (std::size_t i = 0; i < piece.stage_seconds.size(); ++i) {
    stages_[i + 1]->Observe(piece.stage_seconds[i]);
  }
  const double took = std::accumulate(piece.stage_seconds.begin(), piece.stage_seconds.end(), 0.0);
  if (took > 0) realtime_ratio_->Set(piece.music_seconds / took);
}

}  // namespace segue::io
