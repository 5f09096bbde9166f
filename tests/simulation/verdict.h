#pragma once

#include <cstdint>

#include "tests/simulation/world/world.h"

namespace segue::simulation {

// A run's violations.
struct Verdict {
  std::uint64_t events = 0;     // accepted, by the log
  std::uint64_t lost = 0;       // listeners, items or acknowledged events that count too little
  std::uint64_t twice = 0;      // listeners or items that count too much
  std::uint64_t torn = 0;       // states that do not belong to their position
  std::uint64_t missing = 0;    // recommendations, dead letters or item models that never came
  std::uint64_t unsettled = 0;  // the end of the log was not reached
  std::uint64_t intruded = 0;   // writes by workers that no longer held the partition
  bool good() const { return lost + twice + torn + missing + unsettled + intruded == 0; }
  Verdict& operator+=(const Verdict& other);
};

// Recounts from the logs, with its own idea of a duplicate: a set of all (session, seq).
Verdict judge(const World& world);

}  // namespace segue::simulation
