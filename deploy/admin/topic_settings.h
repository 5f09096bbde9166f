#pragma once

#include <span>
#include <string>

#include "core/config.h"
#include "deploy/admin/topics_file.h"

namespace segue::admin {

// Compares settings of topics that exist with what admin.topics says, where a difference would lose
// or misplace records: the timestamp type and the cleanup policy must be the same, the largest
// message and the retention at least as large. Others are an operator's to tune. Throws
// std::runtime_error that names each difference and the command that mends it. Returns why the
// settings could not be asked for, "" where they could.
std::string check_topic_settings(const KafkaConfig& kafka, std::span<const Topic> topics);

}  // namespace segue::admin
