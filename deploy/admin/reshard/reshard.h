#pragma once

#include "core/config.h"

namespace segue::admin {

// Moves the whole state to other numbers of partitions, those of admin.topics, under another prefix
// of topics and keys. What was there before stays as it is, but is no longer worked with.
// Refuses while a worker lives or anything waits for one. Ended before its end it is run again.
// Returns 0; throws std::runtime_error with one line.
int reshard(const Config& config);

}  // namespace segue::admin
