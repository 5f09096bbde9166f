#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/lane.h"

namespace segue {

// A model that the mix is compared with.
struct NamedBaseline {
  std::string_view key;   // as a setting names it
  std::string_view name;  // as reports do
  Lane (*lane)(const History& history, Progress& progress);
};

// All of them.
std::span<const NamedBaseline> baselines();

// Reads "all", "none" or keys separated by commas, in the order of `baselines`. Throws
// std::runtime_error for a key that there is not.
std::vector<NamedBaseline> baselines_named(std::string_view keys);

}  // namespace segue
