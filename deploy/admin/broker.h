#pragma once

#include "core/config.h"

namespace segue::admin {

// An in-memory Kafka broker on a free loopback port, with all topics, for demonstrations: it keeps
// 5 MiB a partition, drops older records without a word and forgets all at its end. Prints
// {"brokers":"127.0.0.1:PORT"} and serves until the program is to stop; returns the exit code.
int broker(const Config& config);

}  // namespace segue::admin
