#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/generation/result.h"
#include "core/result.h"

namespace segue::generator {

// How a job ended: kept under its id for sixty days, so that the same job again makes no second
// track. The listener is not kept: `user_id` is that of the job that asks again.
struct Fate {
  std::optional<GenerationResult> end;  // none: it has not ended, as far as is known
  bool operator==(const Fate&) const = default;
};

std::string job_key(std::string_view job_id);

// JSON, as schemas/blobs.md says. Requires: an end.
std::string encode(const Fate& fate);
// Errors: as `decode_result`; bad_field where it is no end.
Result<Fate> decode_fate(std::string_view blob);

}  // namespace segue::generator
