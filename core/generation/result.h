#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace segue {

inline constexpr std::size_t kResultBytesMax = 16 * 1024;

// How far a job is. The names travel. A later one never goes back to an earlier one; the last four
// are ends.
enum class Stage : std::uint8_t {
  queued,
  composing,
  rendering,
  checking,
  ready,    // the track is in the catalogue
  reused,   // the track was there already
  expired,  // it came too late; the track is in the catalogue for the next who asks
  failed,   // there is no track, and the reason says why
};
inline constexpr std::size_t kStages = 8;
std::string_view name_of(Stage stage);
std::optional<Stage> stage_of(std::string_view name);
constexpr bool is_end(Stage stage) { return stage >= Stage::ready; }

struct StageTime {
  Stage stage = Stage::queued;
  Micros at = 0;
  bool operator==(const StageTime&) const = default;
};

// The fate of a job so far: the value of a record on segue.generation-results.v1, whose key is
// the listener, so that a gateway pushes it as it pushes lists. Each stage is published as it
// begins, with those before it. Of two results of one job the one with more behind it holds, and
// the first end holds for good.
struct GenerationResult {
  std::string job_id;
  std::string user_id;
  std::vector<StageTime> stages;  // in their order, at least one; the last one is how far it is
  std::string rule;               // the trigger's: why it was composed
  // With every end but `failed`.
  std::string track_id;
  std::string title;
  std::int32_t duration_ms = 0;
  std::string audio_url;
  // With `failed`: a word for programs and a sentence for the listener.
  std::string reason;
  std::string detail;

  Stage stage() const { return stages.empty() ? Stage::queued : stages.back().stage; }
  bool operator==(const GenerationResult&) const = default;
};

// Whether `later` says more than `earlier` of the same job.
bool supersedes(const GenerationResult& later, const GenerationResult& earlier);

// Compact JSON (schemas/generation-result.v1.json). Requires: a stage.
std::string encode(const GenerationResult& result);

// Reads what `encode` writes; unknown fields are ignored. Errors: too_large, too_deep, malformed,
// missing_field, bad_field, bad_time (the detail names the field). Thread-safe.
Result<GenerationResult> decode_result(std::string_view json);

}  // namespace segue
