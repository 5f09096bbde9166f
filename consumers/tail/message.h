#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/tail/titles.h"
#include "core/event/event.h"
#include "core/list/recommendation.h"
#include "core/result.h"

namespace segue::tail {

struct SeenTrack {
  std::string track_id;
  std::string title;   // empty: unknown
  std::string artist;  // the name, or else an id that can be read; empty: unknown
  double score = 0;
  std::vector<std::string> reasons;  // that speak for it, in words, the strongest first
};

// The part that a watcher reads of a record of segue.recommendations.v1.
struct SeenRecommendation {
  std::string user_id;
  std::int64_t version = 0;
  Micros event_received = 0;
  std::vector<SeenTrack> tracks;  // best first
  std::optional<Score> previous;  // how the list before did on this event
};

// Errors: malformed, missing_field, bad_field. Fields it does not know are ignored.
Result<SeenRecommendation> read_recommendation(std::string_view json);

// One line of JSON, {"event":{…}}: the event's data as it stands in the log, with its type and id
// from the headers and, where it has none, its title and artist from the catalogue. Requires:
// `data` is the value from which `event` was decoded, so it is one JSON object.
std::string event_line(const Event& event, std::string_view data, const Titles& titles);

// One line, {"recommendation":{…}}, the value as it stands in the log. Requires: it is JSON.
std::string recommendation_line(std::string_view data);

}  // namespace segue::tail
