#pragma once

#include <cstdint>

#include "core/config.h"
#include "core/time.h"
#include "producers/replay/files/listening.h"

namespace segue {

// Listeners who live no faster than we do can live now.
inline bool live(const ReplayConfig& config) { return config.rate <= 0 && config.speed <= 1; }

// The simulation that the settings ask for at a time. Only its start depends on the time. Pure.
inline Simulation simulation_of(const ReplayConfig& config, Micros now) {
  // In whole milliseconds, as times travel.
  now = now / kMillisecond * kMillisecond;
  return {.seed = static_cast<std::uint64_t>(config.seed),
          .listeners = config.listeners,
          .tracks = config.tracks,
          .events_max = config.events_max,
          .start = live(config) ? now : now - config.days_ago * kDay};
}

}  // namespace segue
