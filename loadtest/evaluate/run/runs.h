#pragma once

#include <span>
#include <string>
#include <vector>

#include "loadtest/evaluate/baselines/baselines.h"
#include "loadtest/evaluate/evaluation.h"
#include "loadtest/evaluate/report/progress.h"
#include "loadtest/evaluate/run/stream.h"

namespace segue {

// One way to run the mix.
struct Contender {
  std::string name;
  Tuning tuning;
  std::int32_t partitions = 1;
};

// The parts that all runs of a call have in common. The referenced parts outlive the runs.
struct Setup {
  const EvaluateConfig& config;
  const Extent& extent;
  Progress& progress;
  bool (*stopping)();  // asked often; true ends a run early
};

// The mix over the whole stream and the questions of `evaluate.test`, then, unless stopped, these
// baselines, two at a time. Throws std::runtime_error for input that cannot be read.
Evaluated run(const Setup& setup, const Contender& contender,
              std::span<const NamedBaseline> baselines = {});

// A run of each, two at a time; results in order. Each is the same as alone but for its times.
std::vector<Evaluated> run_all(const Setup& setup, std::span<const Contender> contenders);

}  // namespace segue
