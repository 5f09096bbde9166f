#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/figures/summary.h"
#include "loadtest/evaluate/run/runs.h"

namespace segue {

// How a contender differs from the control on the same listens.
struct Difference {
  std::string name;
  Quality quality;
  Estimates all;  // the contender less the control
  Estimates new_to_listener;
  Estimates rare_tracks;
  double event_us = 0;
};

// Variants beside their control.
struct Comparison {
  std::string_view title;  // "ablation", "partitions", "comparison", "rankers"
  std::string control;
  Quality quality;  // of the control
  double event_us = 0;
  std::vector<Difference> differences;
};

// Requires: both scored the same listens. They do where `step` keeps its promise that what is
// scored depends on the input alone.
Difference difference_of(std::string name, const Evaluated& control, const Evaluated& trial);

// A change as a share of what the control has; 0 where that has nothing.
double relative(const Estimate& change, double control);

// The contenders of --ablate: the mix without each source, its network, per-listener weights.
std::vector<Contender> ablations(const Tuning& tuning);
// The table of rankers: the linear stage alone, with per-listener weights, with the network,
// with both.
std::vector<Contender> rankers(const Tuning& tuning);

// "B is better: …" and how sure; for --compare.
std::string verdict_on(const Comparison& comparison);
std::string text_of(const Comparison& comparison);

}  // namespace segue
