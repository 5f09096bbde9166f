#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "core/io/ports.h"
#include "core/time.h"

namespace segue {

// All that a worker takes from the world beside its three ports; tests give their own.
struct Runtime {
  std::function<Micros()> now;                          // wall clock, for latencies
  std::function<void(std::chrono::milliseconds)> wait;  // before something is tried again
  std::function<io::Token()> token;                     // 128 fresh random bits
  // Never set back nor forward by anyone, for waits; none: `now` is such a clock.
  std::function<Micros()> steady = {};

  Micros elapsed() const { return steady ? steady() : now(); }
};

// Thrown out of a wait when the program was asked to stop: what was being waited for stays open, as
// after kill -9, and the next claim finds out.
struct Stopping {};

// The real ones: system clock, sleep, the kernel's random numbers. `wait` throws Stopping soon
// after `stop` is set; `stop` must outlive them.
Runtime real_runtime(const std::atomic<bool>& stop);

}  // namespace segue
