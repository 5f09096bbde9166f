#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "tests/simulation/verdict.h"

namespace segue::simulation {

struct RunOptions {
  std::uint64_t runs = 500;
  std::uint64_t seed = 1;  // of the first
  std::uint64_t happenings = 120;
  std::uint64_t threads = 1;
  Guard off = Guard::none;
};

// The results of many runs.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t bad_runs = 0;
  std::uint64_t faults = 0;
  Verdict total;
  // In how many runs each of these was seen.
  Verdict seen;
  struct Failure {
    std::uint64_t seed = 0;
    Verdict verdict;
  };
  std::optional<Failure> first;  // that with the lowest seed
  double seconds = 0;
  Tally& operator+=(const Tally& other);
};

// Runs worlds of consecutive seeds on some threads. `progress` is called about ten times a second
// with what is done so far, on the caller's thread; false ends it early. Whatever the number of
// threads, a seed's run is the same.
Tally run_worlds(const RunOptions& options, const std::function<bool(const Tally&)>& progress);

}  // namespace segue::simulation
