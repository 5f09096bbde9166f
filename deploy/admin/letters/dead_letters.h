#pragma once

#include <string_view>

#include "core/config.h"

namespace segue::admin {

// `dead-letters`, `dead-letters show` and `dead-letters replay`: of what stands in segue.dlq.v1
// when it begins, each original once. Returns the exit code: 1 if not everything was put back, 130
// if interrupted. Throws io::SettingsError for a filter that cannot be read, and where a replay was
// given none.
int dead_letters(const Config& config, std::string_view command);

}  // namespace segue::admin
