#pragma once

#include <cstdint>
#include <filesystem>

#include "core/config.h"
#include "deploy/admin/generate/tree.h"

namespace segue::admin {

// Numbers for the topics that workers share.
struct Partitions {
  std::int32_t events = 0;
  std::int32_t signals = 0;
};

// deploy/topics.toml's, for which rules and manifests are written.
inline constexpr Partitions kWrittenPartitions{.events = 16, .signals = 8};

// As admin.topics has them. Throws as read_topics does.
Partitions partitions_of(const AdminConfig& config);

// Lets the rules in this file expect these owned partitions. Throws as replace does.
void owned_by(const Partitions& partitions, Tree& tree, const std::filesystem::path& rules);

}  // namespace segue::admin
