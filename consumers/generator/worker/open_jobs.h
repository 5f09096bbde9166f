#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/generation/job.h"
#include "core/generation/result.h"
#include "core/result.h"

namespace segue::generator {

// A job that was taken from the topic and has no end yet.
struct OpenJob {
  GenerationJob job;
  // How far it is. With an end its track is in the catalogue, and only this is still to be
  // published.
  GenerationResult result;
  std::uint32_t tries = 0;  // how often composing it was begun
  bool operator==(const OpenJob&) const = default;
};
using Bench = std::vector<OpenJob>;  // in the order of the topic

// A partition keeps this once: its open jobs. They lie in Redis with the position, so that the
// topic is read on while they wait, and the partition's next owner goes on with them. The
// bench lives as long as the partition is held: who works for it holds it weakly.
struct OpenJobs {
  // More are refused as `busy`. A thousand with four partitions: hours for one generator.
  static constexpr std::size_t kMax = 256;

  std::shared_ptr<Bench> bench = std::make_shared<Bench>();
};

// JSON, as schemas/blobs.md says.
std::string encode(const OpenJobs& open);
// Errors: malformed, too_large, too_deep, missing_field, bad_field, bad_time, unknown_version.
Result<OpenJobs> decode_open_jobs(std::string_view blob);

}  // namespace segue::generator
