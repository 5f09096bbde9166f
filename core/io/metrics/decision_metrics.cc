#include "core/io/metrics/decision_metrics.h"

#include <string>

namespace segue::io {
namespace {

constexpr MetricSpec kDecisions{"segue_generation_decisions_total", "counter", "choice, rule",
                                "Decisions of where the next music comes from: search, reuse, "
                                "repurpose or generate, by the rule that decided."};
constexpr MetricSpec kOffers{"segue_generation_offers_total", "counter", "outcome",
                             "Offers to compose a track: offered, each once; accepted."};
constexpr MetricSpec kPlays{"segue_generation_plays_total", "counter", "outcome",
                            "Plays of composed tracks that ended: kept or skipped."};
constexpr MetricSpec kTrials{"segue_generation_trials_total", "counter", "course, forced",
                             "Decisions with a draw that plays followed, by what was chosen "
                             "(composed or found) and whether against the rules."};
constexpr MetricSpec kKept{"segue_generation_trials_kept_total", "counter", "course, forced",
                           "Sum over them of the share of the next five plays of the session that "
                           "were kept."};
constexpr MetricSpec kSquares{"segue_generation_trials_kept_squares_total", "counter",
                              "course, forced",
                              "Sum of its squares, for the width of an interval."};

constexpr std::array kSpecs = {kDecisions, kOffers, kPlays, kTrials, kKept, kSquares};

}  // namespace

std::span<const MetricSpec> decision_specs() { return kSpecs; }

// All but the decisions begin at 0, so that the first of each is seen in a rate.
DecisionMetrics::DecisionMetrics(prometheus::Registry& registry)
    : decisions_(family(prometheus::BuildCounter(), kDecisions, registry)) {
  auto& offers = family(prometheus::BuildCounter(), kOffers, registry);
  offers_ = {&offers.Add({{"outcome", "offered"}}), &offers.Add({{"outcome", "accepted"}})};
  auto& plays = family(prometheus::BuildCounter(), kPlays, registry);
  plays_ = {&plays.Add({{"outcome", "skipped"}}), &plays.Add({{"outcome", "kept"}})};
  auto& trials = family(prometheus::BuildCounter(), kTrials, registry);
  auto& kept = family(prometheus::BuildCounter(), kKept, registry);
  auto& squares = family(prometheus::BuildCounter(), kSquares, registry);
  for (const std::size_t composed : {0U, 1U}) {
    for (const std::size_t forced : {0U, 1U}) {
      const prometheus::Labels labels{{"course", composed == 1 ? "composed" : "found"},
                                      {"forced", forced == 1 ? "true" : "false"}};
      arms_[composed][forced] = {.trials = &trials.Add(labels),
                                 .kept = &kept.Add(labels),
                                 .squares = &squares.Add(labels)};
    }
  }
}

void DecisionMetrics::record(const BatchReport& report) {
  for (const DecisionMade& made : report.decisions) add(made);
  for (const TrialEnd& end : report.trials) add(end);
  offers_[0]->Increment(static_cast<double>(report.offers));
  offers_[1]->Increment(static_cast<double>(report.offers_accepted));
  plays_[0]->Increment(static_cast<double>(report.composed_skipped));
  plays_[1]->Increment(static_cast<double>(report.composed_kept));
}

void DecisionMetrics::add(const DecisionMade& made) {
  Counter*& count =
      counts_[static_cast<std::size_t>(made.choice)][static_cast<std::size_t>(made.rule)];
  if (count == nullptr) {
    count = &decisions_.Add(
        {{"choice", std::string(name_of(made.choice))}, {"rule", std::string(name_of(made.rule))}});
  }
  count->Increment();
}

void DecisionMetrics::add(const TrialEnd& end) {
  const Arm& arm = arms_[end.composed ? 1 : 0][end.forced ? 1 : 0];
  const double kept = end.kept;
  arm.trials->Increment();
  arm.kept->Increment(kept);
  arm.squares->Increment(kept * kept);
}

}  // namespace segue::io
