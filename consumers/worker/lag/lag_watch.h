#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "core/io/program.h"

namespace segue {

// Observes all partitions of `input` once a second, owned by this process or not, until `stop`, and
// sets the metrics of lag. It has connections and a thread of its own: a worker that waits for
// Redis or Kafka, or has died, hides no lag. What a server does not answer stays as it was last
// seen; before Redis has answered once there is nothing to say.
void watch_lag(io::Program& program, std::string_view input, std::int32_t partitions,
               const std::atomic<bool>& stop);

}  // namespace segue
