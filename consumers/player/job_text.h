#pragma once

#include <string>
#include <string_view>

#include "consumers/player/held_catalog.h"
#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/generation/result.h"

namespace segue::player {

// How far a job is, as its listener's players read it: the result without the pseudonym, its sound
// at an address that is good for a while, and what a machine made of it.
std::string progress_text(const GenerationResult& result, const HeldCatalog& catalogue);

// Why this track was composed, as its listener reads it: the rule in a sentence, the decision with
// all that it was made from, and what was to be composed.
std::string why_composed_text(std::string_view track_id, const GenerationJob& job);
// The same of a track that was there already and was listed for a wish. Requires: a decision that
// lists it.
std::string why_listed_text(const PublishedDecision& decision);

}  // namespace segue::player
