#pragma once

#include "core/config.h"

// The measurements of segue-players. Each prints one JSON object and returns the exit code.
namespace segue {

// From sending an event to the list that it caused, on the same socket; in turns with it, from
// writing an event straight into Kafka to its list in the hand of an ordinary reader of Kafka.
int push(const Config& config);
// Accepted events a second over connections that each wait for their answer.
int post(const Config& config);
// Sockets that say hello and nothing more, until standard input ends.
int hold(const Config& config);

}  // namespace segue
