#include "core/generation/decision.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/ids.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 4> kChoices = {"search", "reuse", "repurpose", "generate"};
constexpr std::array<std::string_view, kRules> kRuleNames = {
    "setting",  "budget", "unknown",   "request",   "fits",
    "no_match", "skips",  "exhausted", "otherwise", "forced"};

// Less than this of what was asked for is none of it.
constexpr float kMatchNone = 0.05F;

struct Ruled {
  Course choice = Course::search;
  Rule rule = Rule::fits;
};

// Something new, the cheapest way.
Course composed(const Signals& signals, const DecisionRules& rules) {
  if (signals.distance <= rules.same_distance) return Course::reuse;
  if (signals.distance <= rules.near_distance) return Course::repurpose;
  return Course::generate;
}

// Generators that are behind must not be asked for more than is worth the wait.
float bar_of(const Signals& signals, const Bars& bars, const DecisionRules& rules) {
  const float bar = signals.composing ? bars.leave : bars.low;
  return bar * std::exp2(-std::max(0.0F, signals.lag_s.value_or(0)) / rules.lag_halves_s);
}

Ruled by_rules(const Signals& signals, const Bars& bars, const DecisionRules& rules) {
  if (signals.requested) return {composed(signals, rules), Rule::request};
  if (signals.wish && signals.match < kMatchNone) {
    return {composed(signals, rules), Rule::no_match};
  }
  if (signals.fit >= bars.high) return {Course::search, Rule::fits};
  if (signals.unheard_fit >= bar_of(signals, bars, rules)) return {Course::search, Rule::fits};
  if (signals.early_skips >= rules.skips_min) return {composed(signals, rules), Rule::skips};
  if (signals.heard_share >= rules.heard_share_min) {
    return {composed(signals, rules), Rule::exhausted};
  }
  return {Course::search, Rule::otherwise};
}

// Something speaks for a new track, whatever the fits say: only then is it drawn.
bool is_open(const Signals& signals, const DecisionRules& rules) {
  return signals.wish || signals.early_skips >= rules.skips_min ||
         signals.heard_share >= rules.heard_share_min;
}

bool is_paid(Course choice) { return choice == Course::generate || choice == Course::repurpose; }

}  // namespace

std::string_view name_of(Course choice) { return kChoices[static_cast<std::size_t>(choice)]; }
std::string_view name_of(Rule rule) { return kRuleNames[static_cast<std::size_t>(rule)]; }

Decision decide(const Signals& signals, const Bars& bars, const DecisionRules& rules, double draw) {
  Decision decision{.signals = signals, .bars = bars};
  if (!signals.setting.may_compose()) {
    decision.rule = Rule::setting;
    return decision;
  }
  const Ruled ruled = by_rules(signals, bars, rules);
  decision.choice = decision.unforced = ruled.choice;
  decision.rule = ruled.rule;
  if (!signals.known && ruled.choice != Course::search) {
    decision.choice = Course::search;
    decision.rule = Rule::unknown;
    return decision;
  }
  const bool affordable = signals.known && signals.budget >= 1 && signals.global_budget >= 1;
  if (!affordable && is_paid(ruled.choice)) {
    decision.choice = Course::search;
    decision.rule = Rule::budget;
    return decision;
  }
  if (signals.requested || !affordable || !is_open(signals, rules)) return decision;
  decision.propensity = 1 - rules.forced_share;
  if (draw >= rules.forced_share) return decision;
  decision.choice = ruled.choice == Course::search ? composed(signals, rules) : Course::search;
  decision.rule = Rule::forced;
  decision.propensity = rules.forced_share;
  return decision;
}

double draw_of(std::uint64_t hash) { return static_cast<double>(hash >> 11U) * 0x1p-53; }

// As if every bin had been met once: the first requests alone decide nothing.
Quantiles::Quantiles() : all_(kBins) { counts_.fill(1); }

void Quantiles::add(float value) {
  if (!(value >= 0)) value = 0;  // no number is no fit
  const auto bin = static_cast<std::size_t>(std::min(value, 1.0F) * kBins);
  ++counts_[std::min(bin, kBins - 1)];
  if (++all_ < kHalvedAt) return;
  all_ = 0;
  for (std::uint16_t& count : counts_) {
    count = static_cast<std::uint16_t>((count + 1) / 2);
    all_ += count;
  }
}

float Quantiles::at(double quantile) const {
  const double wanted = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(all_);
  double before = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const double here = counts_[bin];
    if (here > 0 && before + here >= wanted) {
      const double part = std::clamp((wanted - before) / here, 0.0, 1.0);
      return static_cast<float>((static_cast<double>(bin) + part) / kBins);
    }
    before += here;
  }
  return 1;
}

Bars bars_of(const Quantiles& fits, const DecisionRules& rules) {
  SEGUE_CHECK(rules.low_quantile <= rules.leave_quantile);
  SEGUE_CHECK(rules.leave_quantile <= rules.high_quantile);
  return {.high = fits.at(rules.high_quantile),
          .low = fits.at(rules.low_quantile),
          .leave = fits.at(rules.leave_quantile)};
}

void TokenBucket::fill(Micros now, double per_hour, double size) {
  if (filled == 0) {
    tokens = static_cast<float>(size);
  } else if (now > filled) {
    const double more = per_hour * static_cast<double>(now - filled) / static_cast<double>(kHour);
    tokens = static_cast<float>(std::min(size, static_cast<double>(tokens) + more));
  }
  filled = std::max(filled, now);
}

bool TokenBucket::take() {
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

}  // namespace segue
