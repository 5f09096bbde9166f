#pragma once

#include "core/config.h"

namespace segue::admin {

// Looks at Kafka and Redis as Segue needs them and changes nothing: one line a check with the
// remedy, or JSON lines with admin.json. Servers that are away are findings, too. Returns 1 if a
// check failed, 0 otherwise (a warning is no failure).
int doctor(const Config& config);

}  // namespace segue::admin
