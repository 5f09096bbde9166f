#pragma once

#include <span>
#include <string>

#include "loadtest/evaluate/figures/comparison.h"
#include "loadtest/evaluate/figures/summary.h"

namespace segue {

// The findings as one JSON object in one line. All but the times, whose names hold "us_", follow
// from the input alone. Figures of all scored listens stand at the top, those of a group and a
// comparison under their names. `summary` may be null: then only comparisons are printed.
std::string json_of(const Summary* summary, std::span<const Comparison> comparisons);

}  // namespace segue
