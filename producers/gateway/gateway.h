#pragma once

#include "core/io/program.h"

namespace segue::gateway {

// Serves players until the program is asked to stop, then lets open requests end, asks streams to
// leave and returns 0. Throws io::SettingsError for wrong settings, std::runtime_error when a
// person must act.
int serve_players(io::Program& program);

}  // namespace segue::gateway
