#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::admin {

// The targets of Prometheus.
struct Target {
  std::string job;      // "segue-recommender"
  std::string address;  // "10.0.0.5:9471"
};

// Reads admin.targets, "JOB=HOST:PORT" separated by commas; empty: the services as they are
// installed on this machine. Throws io::SettingsError for what is none, a job that rules and boards
// do not know, an address that is given twice, and where a job is missing whose absence wakes
// somebody.
std::vector<Target> read_targets(std::string_view text);

// The file targets.json of deploy/watch/prometheus.yml: instances are named after their job and
// numbered from 1.
std::string targets_json(const std::vector<Target>& targets);

}  // namespace segue::admin
