#pragma once

#include "core/config.h"

namespace segue::admin {

// Moves the checkpoint of one partition (admin.partition of admin.from_topic, the events if that is
// empty) to admin.to: a dead letter `skipped` for each record in between that can be read, then
// fence and position in Redis, together. Without admin.yes it only says what it would do. Returns
// the exit code. Throws SettingsError, and std::runtime_error with the remedy.
int skip(const Config& config);

}  // namespace segue::admin
