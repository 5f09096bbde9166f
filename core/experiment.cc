#include "core/experiment.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/check.h"

namespace segue {
namespace {

// Ids of tracks, artists, sessions and plays have the seeds 0 to 3.
constexpr std::uint64_t kExperimentSeed = 4;
constexpr double kTwoTo53 = 9007199254740992.0;

static_assert((kBuckets & (kBuckets - 1)) == 0 && kBuckets <= 1U << 11U,
              "buckets are drawn from bits that the share leaves over");

}  // namespace

Assignment assign(const Experiment& experiment, std::string_view user_id) {
  if (!experiment.runs()) return {};
  SEGUE_CHECK(experiment.share >= 0 && experiment.share <= 1);
  const std::uint64_t salt =
      XXH3_64bits_withSeed(experiment.name.data(), experiment.name.size(), kExperimentSeed);
  const std::uint64_t hash = XXH3_64bits_withSeed(user_id.data(), user_id.size(), salt);
  const double drawn = static_cast<double>(hash >> 11U) / kTwoTo53;  // in [0, 1)
  return {.variant = drawn < experiment.share ? Variant::trial : Variant::control,
          .bucket = static_cast<std::uint8_t>(hash % kBuckets),
          .hash = hash};
}

}  // namespace segue
