#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.h"

namespace segue::admin {

enum class State : std::uint8_t { ok, warning, failed };

// Prints each finding in one line, as JSON or for a person, and remembers whether one failed.
class Findings {
 public:
  explicit Findings(bool json) : json_(json) {}

  // `remedy`: what a person does about it; empty where nothing is to be done.
  void say(State state, std::string_view check, std::string_view what, std::string_view remedy);
  void ok(std::string_view check, std::string_view what) { say(State::ok, check, what, {}); }
  bool failed() const { return failed_; }

 private:
  const bool json_;
  bool failed_ = false;
};

// Brokers, topics and their settings, the groups of workers.
void check_kafka(const Config& config, Findings& findings);
// The server, its memory, disk and cluster, the clock, the functions and the state.
void check_redis(const Config& config, Findings& findings);
// Certificates that the settings name: how long they are still good.
void check_certificates(const Config& config, Findings& findings);

}  // namespace segue::admin
