#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"

namespace segue {

// The model's tuning with changes written as "model.network=false,model.k=10"; empty: none. Throws
// io::SettingsError for what is no setting of the model, and for values out of bounds.
Tuning tuning_with(const Config& config, std::string_view changes);

// "--compare A B" as the two settings that it is short for: "--compare A --against B".
std::vector<std::string> spread_compare(std::vector<std::string> args);

}  // namespace segue
