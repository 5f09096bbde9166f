#pragma once

#include <string>
#include <string_view>

#include "consumers/worker/worker.h"
#include "core/io/redis_store.h"

namespace segue {

// The rules that the settings give a worker.
WorkerRules worker_rules(const Config& config, std::string_view input);

// Partitions of a topic as `segue-admin init` recorded them. Throws std::runtime_error naming the
// remedy if it recorded none.
std::int32_t partitions_in(const io::Meta& meta, std::string_view topic);

}  // namespace segue
