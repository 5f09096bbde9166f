#pragma once

#include <chrono>

#include "core/time.h"

// The clocks of this machine; core is given the time instead. Thread-safe.
namespace segue {

// Microseconds since 1970; somebody may set it, also back.
inline Micros wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Microseconds since some moment, for rates and deadlines: it never runs backwards.
inline Micros steady_clock() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace segue
