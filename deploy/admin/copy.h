#pragma once

#include "core/config.h"

namespace segue::admin {

// A copy of Redis, functions and all, to standard output: what a replica would be given. Workers
// go on meanwhile; state and positions in it are of one moment. Returns 0; throws
// std::runtime_error with one line, after which what was written is no copy.
int backup(const Config& config);

// Gives Redis the copy that standard input is, a file, in place of what it holds, and waits until
// it has it, on disk too where it keeps its own log. Redis stays up: for this time it is the
// replica of this process, and answers no other. Without admin.yes it only says what it would
// do. Returns the exit code; throws as backup does.
int restore(const Config& config);

}  // namespace segue::admin
