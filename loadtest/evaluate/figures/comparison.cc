#include "loadtest/evaluate/figures/comparison.h"

#include <algorithm>

#include "core/check.h"
#include "core/ranking/sources/source.h"
#include "loadtest/evaluate/report/text.h"

namespace segue {
namespace {

void append_difference(std::string& text, const Estimate& of) {
  append(text, "  %+.4f %+.4f..%+.4f%s", of.value, of.low, of.high, of.clear() ? "*" : " ");
}

void append_row(std::string& text, const std::string& name, const Quality& quality) {
  append(text, "  %-26s %7.4f %7.4f", name.c_str(), quality.hit_rate_at_20(), quality.mrr_at_20());
}

// "+0.0031 (95 %: +0.0012 to +0.0050)".
std::string with_interval(const Estimate& of) {
  std::string text;
  append(text, "%+.4f (95 %%: %+.4f to %+.4f)", of.value, of.low, of.high);
  return text;
}

// Share of the resamples that point the same way.
double certainty(const Estimate& of) { return std::max(of.above, 1 - of.above); }

std::string percent(const Estimate& of) {
  // So many resamples cannot tell more.
  const double most = 1 - 1.0 / kResamples;
  std::string text;
  append(text, certainty(of) > most ? "more than %.1f %%" : "%.1f %%",
         100 * std::min(certainty(of), most));
  return text;
}

}  // namespace

Difference difference_of(std::string name, const Evaluated& control, const Evaluated& trial) {
  SEGUE_CHECK(control.listens == trial.listens);
  const auto& before = control.mix().verdicts;
  const auto& after = trial.mix().verdicts;
  return {.name = std::move(name),
          .quality = trial.quality(trial.mix()),
          .all = difference(control.listens, before, after),
          .new_to_listener = difference(control.listens, before, after, kNewToListener),
          .rare_tracks = difference(control.listens, before, after, kRareTrack),
          .event_us = trial.costs.event_us_mean};
}

double relative(const Estimate& change, double control) {
  return control == 0 ? 0 : change.value / control;
}

std::vector<Contender> ablations(const Tuning& tuning) {
  std::vector<Contender> contenders;
  for (std::size_t i = 0; i < sources().size(); ++i) {
    Contender& without = contenders.emplace_back();
    without.name = "without " + std::string(sources()[i]->name);
    without.tuning = tuning;
    without.tuning.sources_off |= std::uint64_t{1} << i;
  }
  Tuning linear = tuning;
  linear.network = false;
  contenders.push_back({.name = "without the network", .tuning = linear});
  Tuning impersonal = tuning;
  impersonal.personal = false;
  contenders.push_back({.name = "without listeners' weights", .tuning = impersonal});
  return contenders;
}

std::vector<Contender> rankers(const Tuning& tuning) {
  std::vector<Contender> contenders;
  for (const bool network : {false, true}) {
    for (const bool personal : {false, true}) {
      Contender& contender = contenders.emplace_back();
      contender.name =
          std::string(network ? "network" : "linear") + (personal ? ", listeners' weights" : "");
      contender.tuning = tuning;
      contender.tuning.network = network;
      contender.tuning.personal = personal;
    }
  }
  return contenders;
}

std::string verdict_on(const Comparison& comparison) {
  const Difference& trial = comparison.differences.front();
  const Estimate& hits = trial.all.hit_rate_at_20;
  const Estimate& ranks = trial.all.mrr_at_20;
  const bool up = hits.low > 0 || ranks.low > 0;
  const bool down = hits.high < 0 || ranks.high < 0;
  std::string text;
  if (up == down) {
    text = up ? "Each is better in one figure" : "Neither is clearly better";
  } else {
    // As sure as the surer of both figures is.
    const Estimate& surer = certainty(hits) >= certainty(ranks) ? hits : ranks;
    text = (up ? trial.name : comparison.control) + " is better, sure to " + percent(surer);
  }
  return text + ": " + trial.name + " less " + comparison.control + " is " + with_interval(hits) +
         " in HR@20 and " + with_interval(ranks) + " in MRR@20.";
}

std::string text_of(const Comparison& comparison) {
  std::string text;
  append(text, "\n  %-26s %7s %7s  %-25s  %-25s  %-25s  %-25s  %6s  %s\n",
         std::string(comparison.title).c_str(), "HR@20", "MRR@20", "HR@20 changes, 95 %",
         "MRR@20 changes, 95 %", "HR@20, new to listener", "HR@20, rare tracks", "us",
         "HR@20, MRR@20 relative");
  append_row(text, comparison.control, comparison.quality);
  append(text, "%115.1f\n", comparison.event_us);
  for (const Difference& trial : comparison.differences) {
    append_row(text, trial.name, trial.quality);
    append_difference(text, trial.all.hit_rate_at_20);
    append_difference(text, trial.all.mrr_at_20);
    append_difference(text, trial.new_to_listener.hit_rate_at_20);
    append_difference(text, trial.rare_tracks.hit_rate_at_20);
    append(text, " %6.1f  %+6.2f %% %+6.2f %%\n", trial.event_us,
           100 * relative(trial.all.hit_rate_at_20, comparison.quality.hit_rate_at_20()),
           100 * relative(trial.all.mrr_at_20, comparison.quality.mrr_at_20()));
  }
  append(text, "  * the interval lies on one side of 0\n");
  return text;
}

}  // namespace segue
