#include "core/io/metrics/generation_metrics.h"

#include <numeric>
#include <string>

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

prometheus::Histogram::BucketBoundaries buckets() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 30, 60, 120, 600};
}

}  // namespace

std::span<const MetricSpec> generation_specs() { return kSpecs; }

GenerationMetrics::GenerationMetrics(prometheus::Registry& registry)
    : jobs_(family(prometheus::BuildCounter(), kJobs, registry)),
      seconds_(family(prometheus::BuildHistogram(), kSeconds, registry)),
      ratio_(family(prometheus::BuildGauge(), kRatio, registry)),
      open_(family(prometheus::BuildGauge(), kOpen, registry)) {}

void GenerationMetrics::record(const BatchReport& report) {
  for (const JobEnd& end : report.job_ends) add(end);
  for (const PieceMade& piece : report.pieces) add(piece);
  if (!report.jobs_open) return;
  if (jobs_open_ == nullptr) jobs_open_ = &open_.Add({});
  jobs_open_->Set(static_cast<double>(*report.jobs_open));
}

void GenerationMetrics::add(const JobEnd& end) {
  prometheus::Counter*& counter = ends_[{end.outcome, end.trigger}];
  if (counter == nullptr) {
    counter =
        &jobs_.Add({{"outcome", std::string(end.outcome)}, {"trigger", std::string(end.trigger)}});
  }
  counter->Increment();
}

void GenerationMetrics::add(const PieceMade& piece) {
  if (realtime_ratio_ == nullptr) {
    realtime_ratio_ = &ratio_.Add({});
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      stages_[i] = &seconds_.Add({{"stage", kStages[i]}}, buckets());
    }
  }
  stages_[0]->Observe(piece.queued_seconds);
  for (std::size_t i = 0; i < piece.stage_seconds.size(); ++i) {
    stages_[i + 1]->Observe(piece.stage_seconds[i]);
  }
  const double took = std::accumulate(piece.stage_seconds.begin(), piece.stage_seconds.end(), 0.0);
  if (took > 0) realtime_ratio_->Set(piece.music_seconds / took);
}

}  // namespace segue::io
