#pragma once

#include <string_view>

#include "core/io/program.h"
#include "producers/gateway/log/confirmations.h"

namespace segue::gateway {

// Serves players until the program is asked to stop, then lets open requests end, asks streams to
// leave and returns 0. Throws io::SettingsError for wrong settings, std::runtime_error when a
// person must act. Events go into what `open_log` makes.
int serve_players(io::Program& program, const Confirmations::OpenLog& open_log);

// Into segue.events.v1.
int serve_players(io::Program& program);

// The description that `segue-gateway` gives of itself.
io::ProgramInfo gateway_info(std::string_view name);

}  // namespace segue::gateway
