#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/world.h"

namespace segue::simulation {

// What a run got wrong.
struct Verdict {
  std::uint64_t events = 0;     // accepted, by the log
  std::uint64_t lost = 0;       // listeners or items that counted too little
  std::uint64_t twice = 0;      // listeners or items that counted too much
  std::uint64_t torn = 0;       // state and position that do not belong together
  std::uint64_t missing = 0;    // recommendations or dead letters that never came
  std::uint64_t unsettled = 0;  // partitions that did not reach the end of the log
  bool good() const { return lost + twice + torn + missing + unsettled == 0; }
  Verdict& operator+=(const Verdict& other);
};

// Recounts from the logs, with its own idea of a duplicate: a set of all (session, seq).
Verdict judge(const World& world);

}  // namespace segue::simulation
