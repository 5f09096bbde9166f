#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace segue::admin {

// A topic as deploy/topics.toml wants it.
struct Topic {
  std::string name;
  std::int32_t partitions = 0;
  std::vector<std::pair<std::string, std::string>> config;  // Kafka's own settings
};

// Reads the file. Throws std::runtime_error naming admin.topics, the file and what is wrong in it:
// unreadable, not TOML, a topic this build does not know, one that is missing, a bad value.
std::vector<Topic> read_topics(const std::string& path);

}  // namespace segue::admin
