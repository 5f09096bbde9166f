#pragma once

#include <array>

#include "core/experiment.h"
#include "core/math/distinct_counter.h"

namespace segue {

// The listeners and tracks that a process has reached since it started, by variant; all its threads
// count together.
struct DistinctCounts {
  std::array<DistinctCounter, kVariants> tracks;     // recommended
  std::array<DistinctCounter, kVariants> listeners;  // with a scored listen, while trials run
};

}  // namespace segue
