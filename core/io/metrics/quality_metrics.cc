#include "core/io/metrics/quality_metrics.h"

#include <algorithm>

#include "core/check.h"

namespace segue::io {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

constexpr MetricSpec kScored{"segue_recommendation_scored_total", "counter", "new, variant",
                             "Listens that were predicted by the list published before them."};
constexpr MetricSpec kHits{"segue_recommendation_hits_total", "counter", "k, new, variant",
                           "Scored listens whose track stood among the first k."};
constexpr MetricSpec kReciprocal{
    "segue_recommendation_reciprocal_rank_total", "counter", "variant",
    "Sum of 1 / rank over scored listens, of ranks to 20; its rate over theirs is MRR@20."};
constexpr MetricSpec kSquares{"segue_recommendation_reciprocal_rank_squares_total", "counter",
                              "variant", "Sum of its squares, for the width of an interval."};
constexpr MetricSpec kMrr{"segue_recommendation_mrr", "gauge", "variant",
                          "Mean reciprocal rank of this process's last 10,000 scored listens."};
constexpr MetricSpec kCoverage{
    "segue_recommendation_coverage", "gauge", "variant",
    "Different tracks this process has recommended over track models it holds, at most 1."};
constexpr MetricSpec kShare{
    "segue_experiment_share", "gauge", "variant",
    "Share of the listeners meant for a variant, while an experiment runs."};
constexpr MetricSpec kListeners{"segue_experiment_listeners", "gauge", "variant",
                                "Different listeners with a scored listen so far (an estimate)."};
constexpr MetricSpec kBucketListens{
    "segue_experiment_bucket_listens_total", "counter", "bucket, variant",
    "Scored listens by 32 buckets of listeners, while an experiment runs."};
constexpr MetricSpec kBucketHits{"segue_experiment_bucket_hits_total", "counter", "bucket, variant",
                                 "Of these, those whose track stood among the first 20."};
constexpr MetricSpec kBucketReciprocal{"segue_experiment_bucket_reciprocal_rank_total", "counter",
                                       "bucket, variant",
                                       "Sum of 1 / rank over them, of ranks to 20."};

constexpr std::array kSpecs = {kScored,        kHits,       kReciprocal,      kSquares,
                               kMrr,           kCoverage,   kShare,           kListeners,
                               kBucketListens, kBucketHits, kBucketReciprocal};

constexpr std::size_t kScoresRemembered = 10'000;
// The same for all variants, however long their lists are.
constexpr std::int32_t kRankMax = 20;

double reciprocal_of(std::int32_t rank) { return rank >= 1 && rank <= kRankMax ? 1.0 / rank : 0.0; }

}  // namespace

std::span<const MetricSpec> quality_specs() { return kSpecs; }

void QualityMetrics::Recent::add(double reciprocal_rank) {
  if (ring_.size() < kScoresRemembered) {
    ring_.push_back(reciprocal_rank);
  } else {
    sum_ -= ring_[at_];
    ring_[at_] = reciprocal_rank;
  }
  sum_ += reciprocal_rank;
  at_ = (at_ + 1) % kScoresRemembered;
}

double QualityMetrics::Recent::mean() const {
  return ring_.empty() ? 0 : sum_ / static_cast<double>(ring_.size());
}

QualityMetrics::QualityMetrics(prometheus::Registry& registry)
    : scored_(family(BuildCounter(), kScored, registry)),
      hits_(family(BuildCounter(), kHits, registry)),
      reciprocal_ranks_(family(BuildCounter(), kReciprocal, registry)),
      squares_(family(BuildCounter(), kSquares, registry)),
      mrr_(family(BuildGauge(), kMrr, registry)),
      coverage_(family(BuildGauge(), kCoverage, registry)),
      share_(family(BuildGauge(), kShare, registry)),
      listeners_(family(BuildGauge(), kListeners, registry)),
      bucket_listens_(family(BuildCounter(), kBucketListens, registry)),
      bucket_hits_(family(BuildCounter(), kBucketHits, registry)),
      bucket_reciprocal_ranks_(family(BuildCounter(), kBucketReciprocal, registry)) {
  variants_[0] = add_variant(std::string(kControlName));
}

std::unique_ptr<QualityMetrics::OfVariant> QualityMetrics::add_variant(const std::string& name) {
  auto of = std::make_unique<OfVariant>();
  for (const std::size_t is_new : {0U, 1U}) {
    const std::string label = is_new == 1 ? "true" : "false";
    of->scored[is_new] = &scored_.Add({{"new", label}, {"variant", name}});
    for (std::size_t cut = 0; cut < kCuts.size(); ++cut) {
      of->hits[cut][is_new] =
          &hits_.Add({{"k", std::to_string(kCuts[cut])}, {"new", label}, {"variant", name}});
    }
  }
  of->reciprocal_ranks = &reciprocal_ranks_.Add({{"variant", name}});
  of->squares = &squares_.Add({{"variant", name}});
  of->mrr = &mrr_.Add({{"variant", name}});
  of->coverage = &coverage_.Add({{"variant", name}});
  return of;
}

void QualityMetrics::begin(const Experiment& experiment) {
  SEGUE_CHECK(experiment.runs() && !variants_[1]);
  variants_[1] = add_variant(experiment.name);
  add_buckets(std::string(kControlName), 1 - experiment.share, *variants_[0]);
  add_buckets(experiment.name, experiment.share, *variants_[1]);
}

void QualityMetrics::add_buckets(const std::string& name, double share, OfVariant& of) {
  share_.Add({{"variant", name}}).Set(share);
  of.listeners = &listeners_.Add({{"variant", name}});
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const prometheus::Labels labels{{"bucket", std::to_string(i)}, {"variant", name}};
    of.buckets[i] = {.listens = &bucket_listens_.Add(labels),
                     .hits = &bucket_hits_.Add(labels),
                     .reciprocal_ranks = &bucket_reciprocal_ranks_.Add(labels)};
  }
}

void QualityMetrics::add(const ScoredListen& listen) {
  SEGUE_CHECK(variants_[static_cast<std::size_t>(listen.variant)]);
  OfVariant& of = *variants_[static_cast<std::size_t>(listen.variant)];
  const Score& score = listen.score;
  const std::size_t is_new = score.new_to_listener ? 1 : 0;
  const double reciprocal_rank = reciprocal_of(score.rank);
  const bool hit = reciprocal_rank > 0;
  of.scored[is_new]->Increment();
  of.recent.add(reciprocal_rank);
  const Bucket& bucket = of.buckets[listen.bucket];
  if (bucket.listens != nullptr) {
    bucket.listens->Increment();
    if (hit) bucket.hits->Increment();
    bucket.reciprocal_ranks->Increment(reciprocal_rank);
  }
  if (!hit) return;
  of.reciprocal_ranks->Increment(reciprocal_rank);
  of.squares->Increment(reciprocal_rank * reciprocal_rank);
  for (std::size_t cut = 0; cut < kCuts.size(); ++cut) {
    if (score.rank <= kCuts[cut]) of.hits[cut][is_new]->Increment();
  }
}

void QualityMetrics::record(const BatchReport& report) {
  for (const ScoredListen& listen : report.scores) add(listen);
  for (std::size_t v = 0; v < kVariants; ++v) {
    if (!variants_[v]) continue;
    OfVariant& of = *variants_[v];
    if (!report.scores.empty()) of.mrr->Set(of.recent.mean());
    // A report that says nothing of these gauges leaves them as they are.
    if (report.track_models_held) {
      const auto held = static_cast<double>(*report.track_models_held);
      of.coverage->Set(held > 0 ? std::min(1.0, report.tracks_recommended[v] / held) : 0);
    }
    if (of.listeners != nullptr && report.listeners_scored[v] > 0) {
      of.listeners->Set(report.listeners_scored[v]);
    }
  }
}

}  // namespace segue::io
