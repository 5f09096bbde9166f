#pragma once

#include <span>
#include <string_view>

#include "loadtest/evaluate/baselines/lane.h"

namespace segue {

// A model that the mix is compared with.
struct NamedBaseline {
  std::string_view name;
  Lane (*lane)(const History& history, Progress& progress);
};

// All of them.
std::span<const NamedBaseline> baselines();

}  // namespace segue
