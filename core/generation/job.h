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

inline constexpr std::size_t kJobBytesMax = 16 * 1024;
inline constexpr std::size_t kWishBytesMax = 512;
inline constexpr std::size_t kTraceparentBytesMax = 128;
inline constexpr std::int64_t kJobSchemaVersion = 1;

// One track to be composed: the value of a record on segue.generation-jobs.v1, whose key is the
// id. The id is the idempotency key and, with the specification, all that the music follows from:
// the same job gives the same sound on every machine, however often.
struct GenerationJob {
  std::string id;       // 32 hex digits
  std::string user_id;  // the listener's pseudonym
  Specification specification;
  Trigger trigger;
  Micros created = 0;           // when the event happened
  Micros deadline = 0;          // later it comes too late: it is kept for the next who asks
  std::int32_t priority = 0;    // 0 the usual; higher first: an explicit request is 1
  std::string parent_track_id;  // with Course::repurpose: what it is to resemble
  // The same for jobs that one track would satisfy (`same_wish` of what was said): a track is found
  // by it again. Empty: it is not.
  std::string wish;
  // No track that is there will do, though it were made for the same wish: a filter or the
  // listener's own refusals leave such tracks out.
  bool must_be_new = false;
  std::string traceparent;  // W3C; empty: none came with the event
  bool operator==(const GenerationJob&) const = default;
};

// The id of the job that this event makes: a replay of the event makes the same one.
std::string job_id_of(std::string_view user_id, std::uint64_t session, std::string_view event_id,
                      std::int64_t offset);
// The id of the track that the job makes.
std::string composed_track_id(std::string_view job_id);
// The job that made a composed track; empty for the id of any other track.
std::string_view composed_by(std::string_view track_id);
// Whether an id is of a composed track, whatever the catalogue says of it: listeners may hear of
// the track before the catalogue's entry comes.
bool is_composed_id(std::string_view track_id);

// Compact JSON (schemas/generation-job.v1.json). What is unknown is left out.
std::string encode(const GenerationJob& job);

// Reads what `encode` writes; unknown fields are ignored. Errors: too_large, too_deep, malformed,
// missing_field, bad_field, bad_time (the detail names the field), unknown_version (a job of a
// newer build). Thread-safe.
Result<GenerationJob> decode_job(std::string_view json);

// The same, but a specification that nothing can be composed from is no error: `unmet` then says
// why, and the job has a specification of no meaning.
Result<GenerationJob> decode_job(std::string_view json, std::optional<Error>& unmet);

}  // namespace segue
