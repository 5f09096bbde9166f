#pragma once

#include <string>
#include <vector>

#include "tests/simulation/runs.h"

namespace segue::simulation {

// One guard switched off, and what came of it.
struct Mutation {
  Guard off = Guard::none;
  Tally tally;
};

// For people: lines that end with a newline.
std::string summary_of(const RunOptions& options, const Tally& tally);
std::string table_of(const std::vector<Mutation>& mutations);
// For machines: one JSON object.
std::string json_of(const RunOptions& options, const Tally& tally);
std::string json_of(const RunOptions& options, const std::vector<Mutation>& mutations);
// "3,100 of 20,000 runs, 0 with a violation, 610 runs/s, 28 s to go".
std::string progress_of(const RunOptions& options, const Tally& so_far);

}  // namespace segue::simulation
