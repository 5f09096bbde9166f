#pragma once

#include "core/config.h"

// Files for those who watch and deploy Segue, for the settings given. Each command writes a folder,
// admin.out, that was not there or was empty: all of it or, where settings contradict each other or
// a file cannot be read, nothing. Return 0; throw io::SettingsError or std::runtime_error with one
// line.
namespace segue::admin {

// Scrape configuration with admin.targets, rules for the partitions of admin.topics, routes of
// alerts, console pages and Grafana's dashboards.
int generate_watch(const Config& config);

// deploy/kubernetes with these settings, servers and partitions. Secrets are named, never written.
int generate_kubernetes(const Config& config);

}  // namespace segue::admin
