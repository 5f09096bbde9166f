#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/event/event.h"
#include "core/generation/decision.h"
#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/list/recommendation.h"
#include "core/listener/listener.h"
#include "core/ranking/query.h"
#include "core/ranking/ranking.h"
#include "core/tuning.h"

// From a list to the question whether what is missing in it should be composed. Pure, as `step`.
namespace segue {

// A list that was just arranged, and what it was arranged for. The listener's part that concerns
// composed music changes; the query may be of somebody unknown in the listener's place.
struct Occasion {
  Listener& listener;
  const Event& event;
  const Query& query;
  const Ranking& ranking;
  std::span<const Placed> list;
  const Tuning& tuning;
  DecisionMemory& memory;
};

// The outcome: at most one of the three and a job beside a reused track.
struct Considered {
  std::optional<Offer> offer;
  std::optional<GenerationJob> job;
  struct Reused {
    ItemModels::Slot track = ItemModels::kNone;
    std::string wish;    // as a listener reads it
    bool asked = false;  // for a composed track
  };
  std::optional<Reused> reused;
  bool new_offer = false;  // `offer` is no earlier one that is repeated
  // The decision behind it, without its id; none where nothing was considered.
  std::optional<PublishedDecision> decision;
  std::optional<TrialEnd> trial;  // of an earlier decision
};

// Nothing is considered, which is nearly always and quickly found, unless the listener wishes for a
// kind of music, asks for a composed track, skips one track after the other or has just heard most
// of what fits. Ids follow from the event: a job that is named again has the same id.
Considered consider(const Occasion& at);

}  // namespace segue
