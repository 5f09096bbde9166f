#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "core/time.h"
#include "tests/simulation/faults/guards.h"

namespace segue::simulation {

// A process dies here and now. Not a std::exception, so that nothing on the way can catch it.
struct Killed {};

// Which fault happens at which call, by seed; and which guard is off.
class Faults {
 public:
  Faults(std::uint64_t seed, Guard switched_off, const Micros& now)
      : off(switched_off), random_(seed), now_(now) {}

  // Below n. Requires: n > 0.
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(double share) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < (quiet ? 0 : share);
  }
  // The same; a fault that happens is counted.
  bool bites(double share) {
    const bool happens = chance(share);
    bitten += happens ? 1 : 0;
    return happens;
  }
  // Dies with a small chance.
  void may_die() {
    if (bites(0.015)) throw Killed{};
  }
  // A process that stops for a while; others take over, then it goes on where it was.
  void may_sleep() {
    if (asleep || !bites(0.015)) return;
    asleep = true;
    others_go_on();
    asleep = false;
  }

  bool redis_is_down() const { return !quiet && now_ < redis_down_until; }
  bool broker_is_down() const { return !quiet && now_ < broker_down_until; }

  // A connection broke with this command on it; it may reach the server later all the same.
  void keep(std::function<void()> command) { late_.push_back(std::move(command)); }
  bool anything_late() const { return !late_.empty(); }
  void deliver_late() {
    const auto which = static_cast<std::ptrdiff_t>(below(late_.size()));
    const std::function<void()> command = std::move(late_[static_cast<std::size_t>(which)]);
    late_.erase(late_.begin() + which);
    late = true;
    command();
    late = false;
  }

  const Guard off;
  std::function<void()> others_go_on;  // of the process whose turn it is
  bool asleep = false;
  bool late = false;   // what is done now was kept
  bool quiet = false;  // no more faults
  Micros redis_down_until = 0;
  Micros broker_down_until = 0;
  std::uint64_t bitten = 0;

 private:
  std::mt19937_64 random_;
  const Micros& now_;
  std::vector<std::function<void()>> late_;
};

}  // namespace segue::simulation
