#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/generation/trigger.h"
#include "core/generation/wish/specification.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

inline constexpr std::size_t kDecisionBytesMax = 16 * 1024;
inline constexpr std::int64_t kDecisionSchemaVersion = 1;
// The header of decisions that list a track: its id. Readers that look for a track's decision
// pass over all others unread.
inline constexpr std::string_view kDecidedTrackHeader = "segue_track";

// The outcome of a decision for the listener. The names travel.
enum class Answer : std::uint8_t {
  none,     // the list as it is
  listed,   // a track that was composed earlier
  offered,  // to have a track composed
  ordered,  // a job to compose one
  refused,  // a sentence that says why nothing is composed
};
inline constexpr std::size_t kAnswers = 5;
std::string_view name_of(Answer answer);

// One decision of where the next music comes from, with all that it was made from: the value of a
// record on segue.generation-decisions.v1, whose key is the listener.
struct PublishedDecision {
  std::string id;  // follows from the event's place in its log: a replay publishes the same one
  std::string user_id;  // the listener's pseudonym
  Micros time = 0;      // when the event happened
  Trigger trigger;
  Answer answer = Answer::none;
  std::string job_id;    // offered or ordered
  std::string track_id;  // listed
  std::string wish;      // `wish_of` what was wanted; empty: the composer cannot make it
  // The piece to be composed; none where the catalogue was searched.
  std::optional<Specification> specification;
  bool operator==(const PublishedDecision&) const = default;
};

// Compact JSON (schemas/generation-decision.v1.json). What is unknown is left out.
std::string encode(const PublishedDecision& decision);

// Reads what `encode` writes; unknown fields are ignored. Errors: too_large, too_deep, malformed,
// missing_field, bad_field, bad_time (the detail names the field), unknown_version. Thread-safe.
Result<PublishedDecision> decode_decision(std::string_view json);

}  // namespace segue
