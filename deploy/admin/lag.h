#pragma once

#include "core/config.h"

namespace segue::admin {

// Prints for each partition of the inputs where the log ends, where the stored checkpoint stands,
// how many offsets wait and for how long the oldest has, and how much is kept of results and dead
// letters, which have no checkpoint; JSON lines with admin.json. Reads one
// record of each partition that waits, joins no group and changes nothing. Returns 0; throws
// std::runtime_error with one line when a server is away.
int lag(const Config& config);

}  // namespace segue::admin
