#pragma once

#include <optional>
#include <vector>

#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/generation/trials.h"
#include "core/item/item_signal.h"
#include "core/list/recommendation.h"
#include "core/result.h"

namespace segue {

// The fate of an input.
enum class Outcome : std::uint8_t {
  applied,
  duplicate,
  too_old,
  dead_letter,
  ignored,  // by a trainer: a signal of an item that was never played
  refused,  // by a trainer: a signal that names another text of its item's hash
};

// The effects that `step` wants: data, carried out by the worker. Printing, comparing and diffing
// them is how scenario tests and the evaluator see what production would do.
struct Effects {
  Outcome outcome = Outcome::applied;
  std::optional<Error> dead_letter;  // with Outcome::too_old
  std::vector<ItemSignal> signals;   // in order; a function of the input log alone
  bool refresh = false;              // a new list is due: `refresh` in step.h makes it
  bool introduces = false;           // a listen to a track that the models may not know yet
  std::optional<Recommendation> recommendation;
  std::optional<GenerationJob> job;  // a track to be composed
  // Why there is a job, an offer, a composed track, or none of them: where that was considered. Its
  // id is still empty.
  std::optional<PublishedDecision> decision;
  bool new_offer = false;             // the list offers what was not offered before
  std::optional<bool> composed_kept;  // a composed track was heard, or skipped
  std::optional<TrialEnd> trial;      // what came of an earlier decision
  bool erased = false;         // the listener asked to be forgotten: their published list goes, too
  std::optional<Score> score;  // of the list before, where this event ended a listen in a session
};

}  // namespace segue
