#pragma once

#include "core/config.h"

namespace segue::admin {

// Makes what the programs need: topics in Kafka, functions and sg:meta in Redis. May be run again
// at any time. Prints what it did; returns the exit code. Throws std::runtime_error with one clear
// line.
int init(const Config& config);

}  // namespace segue::admin
