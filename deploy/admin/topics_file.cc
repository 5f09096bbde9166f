#include "deploy/admin/topics_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "core/event/topics.h"

namespace segue::admin {
namespace {

constexpr std::int64_t kPartitionsMax = 10'000;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw std::runtime_error("admin.topics: " + path + ": " + what + ".");
}

toml::table parse(const std::string& path) {
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& e) {
    std::ostringstream at;
    at << e.description();
    if (e.source().begin.line > 0) at << " (line " << e.source().begin.line << ")";
    refuse(path, at.str());
  }
}

std::string text_of(const std::string& path, std::string_view name, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  std::ostringstream text;
  if (const auto* fraction = node.as_floating_point()) {
    text << fraction->get();
    return text.str();
  }
  refuse(path, std::string(name) + " must be text, a number or true or false");
}

Topic read_topic(const std::string& path, std::string_view name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) refuse(path, std::string(name) + " must be a table");
  Topic topic{.name = std::string(name), .partitions = 0, .config = {}};
  for (const auto& [key, value] : *table) {
    if (key == "partitions") {
      const auto count = value.value_exact<std::int64_t>();
      if (!count || *count < 1 || *count > kPartitionsMax) {
        refuse(path, topic.name + ": partitions must be a whole number from 1 to 10000");
      }
      topic.partitions = static_cast<std::int32_t>(*count);
    } else if (key == "config" && value.is_table()) {
      for (const auto& [setting, to] : *value.as_table()) {
        topic.config.emplace_back(setting.str(), text_of(path, setting.str(), to));
      }
    } else {
      refuse(path, topic.name + ": unknown key " + std::string(key.str()) +
                       " (there are partitions and config)");
    }
  }
  if (topic.partitions == 0) refuse(path, topic.name + ": partitions is missing");
  return topic;
}

}  // namespace

std::vector<Topic> read_topics(const std::string& path) {
  const toml::table file = parse(path);
  const toml::table* tables = file["topics"].as_table();
  if (tables == nullptr) refuse(path, "there is no [topics.\"name\"]");

  std::vector<Topic> topics;
  for (const auto& [name, node] : *tables) {
    if (std::ranges::find(kTopics, name.str()) == kTopics.end()) {
      refuse(path, "this build knows no topic " + std::string(name.str()));
    }
    topics.push_back(read_topic(path, name.str(), node));
  }
  for (const std::string_view name : kTopics) {
    if (!tables->contains(name)) refuse(path, "topic " + std::string(name) + " is missing");
  }
  return topics;
}

}  // namespace segue::admin
