#pragma once

#include <string_view>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/event/event.h"
#include "core/result.h"

namespace segue::gateway {

// As ListenBrainz has them.
inline constexpr std::size_t kListensMax = 1'000;
inline constexpr std::size_t kListenBytesMax = 10'240;  // on average over a submission
inline constexpr std::size_t kListensBytesMax = kListensMax * kListenBytesMax;

// Reads the body of ListenBrainz's submit-listens: "single" and "import" become completed plays,
// "playing_now" one that started. A track is looked up in the catalogue by artist and title; else
// its MusicBrainz recording, or a hash of both names, stands for it. The same listen has the same
// id and play each time it is submitted. What ListenBrainz refuses is refused. Errors: malformed,
// missing_field, bad_field, too_large. `now` is the time of what plays now. One thread.
Result<std::vector<EventDraft>> read_listens(std::string_view body,
                                             const player::HeldCatalog& catalogue, Micros now);

}  // namespace segue::gateway
