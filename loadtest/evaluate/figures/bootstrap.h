#pragma once

#include <span>

#include "loadtest/evaluate/figures/quality.h"

namespace segue {

// A figure and how sure it is: the middle 95 % of what resampled listeners would have given
// (percentile bootstrap over listeners; Efron, 1979), since listens of one listener resemble each
// other. Always the same for the same verdicts.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  double above = 0;  // share of the resamples above 0
  // The interval lies on one side of 0.
  bool clear() const { return low > 0 || high < 0; }
};

struct Estimates {
  Estimate hit_rate_at_20;
  Estimate mrr_at_20;
};

inline constexpr std::size_t kResamples = 1'000;
// More listeners than this are gathered in so many blocks at random, which bounds the work.
inline constexpr std::size_t kBlocksMax = 10'000;

// One model on the listens of a group. Requires: a verdict a listen.
Estimates estimate(std::span<const ScoredListen> listens, std::span<const Verdict> verdicts,
                   Group group = kAnyListen);
// `trial` less `control`, listen by listen, so that what both find hard cancels out.
Estimates difference(std::span<const ScoredListen> listens, std::span<const Verdict> control,
                     std::span<const Verdict> trial, Group group = kAnyListen);

}  // namespace segue
