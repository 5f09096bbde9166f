#pragma once

#include <chrono>
#include <functional>

#include "core/io/ports.h"
#include "core/time.h"

namespace segue {

// All that a worker takes from the world beside its three ports; tests give their own.
struct Surroundings {
  std::function<Micros()> now;                          // wall clock, for latencies and waits
  std::function<void(std::chrono::milliseconds)> wait;  // before something is tried again
  std::function<io::Token()> token;                     // 128 fresh random bits
};

// The real ones: system clock, sleep, the kernel's random numbers.
Surroundings real_surroundings();

}  // namespace segue
