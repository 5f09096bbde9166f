#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config.h"
#include "producers/replay/files/listening.h"

namespace segue {

// The stream that is evaluated on. It can be opened again and again, and is the same each time.
struct Stream {
  std::unique_ptr<Listening> listening;
  std::vector<CatalogEntry> catalog;  // of the simulator, or what evaluate.catalogue tells
  Skipped catalog_skipped;            // of that file
};

// Throws std::runtime_error as open_listens does.
Stream open_stream(const EvaluateConfig& config);

struct Extent {
  std::uint64_t events = 0;
  std::uint64_t scored_from = 0;  // number of the first event that counts
  Skipped skipped;
  Skipped catalogue_skipped;
};

// Reads the stream to its end. Where sessions are all there is `evaluate.scored_from` is a share of
// the sessions, and so no session is cut; in any other a share of the events. Throws
// std::runtime_error where there is no event. `stopping` ends the reading early.
Extent measure(const EvaluateConfig& config, bool (*stopping)());

}  // namespace segue
