#include "deploy/admin/generate/partitions.h"

#include <algorithm>
#include <string>

#include "core/check.h"
#include "core/event/topics.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/topics_file.h"

namespace segue::admin {
namespace {

// A rule counts the owned partitions of a topic: {topic="TOPIC"} < 16.
std::string expected(std::string_view topic, std::int32_t partitions) {
  return "{topic=\"" + std::string(topic) + "\"} < " + std::to_string(partitions);
}

}  // namespace

Partitions partitions_of(const AdminConfig& config) {
  const auto topics = read_topics(topics_path(config));
  const auto of = [&](std::string_view name) {
    const auto topic = std::ranges::find(topics, name, &Topic::name);
    SEGUE_CHECK(topic != topics.end());  // read_topics wants all of them
    return topic->partitions;
  };
  return {.events = of(topic::kEvents), .signals = of(topic::kItemSignals)};
}

void owned_by(const Partitions& partitions, Tree& tree, const std::filesystem::path& rules) {
  replace(tree, rules, expected(topic::kEvents, kWrittenPartitions.events),
          expected(topic::kEvents, partitions.events));
  replace(tree, rules, expected(topic::kItemSignals, kWrittenPartitions.signals),
          expected(topic::kItemSignals, partitions.signals));
}

}  // namespace segue::admin
