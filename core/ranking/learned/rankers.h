#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/experiment.h"
#include "core/ranking/learned/ranker.h"
#include "core/result.h"

namespace segue {

// The rankers of one partition: the usual one, and that of the trial while an experiment runs. Each
// learns from the listeners of its variant, and from what the others of that variant tell.
struct Rankers {
  struct Trial {
    std::string experiment;
    Ranker ranker;
  };
  Ranker control;
  std::optional<Trial> trial;

  // The ranker of a variant. A trial that has none yet begins with what the control has learned:
  // the two then differ by their tuning alone.
  Ranker& of(Variant variant, const Experiment& experiment);
  // Forgets a trial of anything but `experiment`.
  void keep_only(const Experiment& experiment);
};

// Without a trial this is the ranker's own blob, so that blobs written before there were
// experiments are read, and none changes while none runs. Format in schemas/blobs.md.
std::string encode(const Rankers& rankers);
Result<Rankers> decode_rankers(std::string_view blob);

}  // namespace segue
