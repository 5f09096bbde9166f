#pragma once

#include <array>
#include <span>
#include <string_view>

#include "core/network.h"

namespace segue {

// What a new partition's ranker knows before its first event: learned on simulated listening, by
// `segue-learn-prior`, which writes prior_weights.cc. Columns that are not there start from what
// their source says.
struct PriorColumn {
  std::string_view name;
  float weight = 0;                               // of the linear stage; of a situation column 0
  std::array<float, Network::kHidden> network{};  // to each hidden unit
};
std::span<const PriorColumn> prior_columns();
// Of each hidden unit: what it starts from, and its weight in the score.
const std::array<float, Network::kHidden>& prior_bias();
const std::array<float, Network::kHidden>& prior_second();

}  // namespace segue
