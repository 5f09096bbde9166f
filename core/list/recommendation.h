#pragma once

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event/event.h"
#include "core/generation/label/disclosure.h"
#include "core/ids.h"
#include "core/list/texts.h"
#include "core/time.h"

namespace segue {

// Orders a list and its erasure without parsing either.
inline constexpr std::string_view kVersionHeader = "segue_version";

// On a list that has a text which only listeners sent: such a text leaves with the last who sent
// it.
inline constexpr std::string_view kListenersNamesHeader = "segue_told";

// Why a track stands where it stands: one source's part of its score, in words.
struct TrackReason {
  std::string_view source;  // static text: "follows", "repeats", …
  std::string_view text;    // "Played after Blue in Green"; static or the recommendation's own
  float part = 0;           // the parts of one item sum to its score
};

// Beside the sources' own reasons: what those that are not named add together, and the ranker's
// network.
inline constexpr std::string_view kOthersName = "others";
inline constexpr std::string_view kNetworkName = "network";
// The source of a track that stands there because it was composed for what is wished.
inline constexpr std::string_view kComposedName = "composed";

inline constexpr std::size_t kReasonsMax = 6;

struct RecommendedTrack {
  TrackId track;
  std::string track_id;   // wire id
  std::string artist_id;  // wire id, empty if unknown
  std::string title;      // for readers, empty if unknown
  std::string artist;     // for readers, empty if unknown
  // Both can be known before the texts above are. Unset: what listeners say is not believed.
  bool titled = false;  // what it is called may be shown
  ArtistId by = {};     // whose name may be shown
  bool in_catalogue = false;
  std::optional<Disclosure> ai = {};  // what a machine made of it; none: nothing is declared
  float score = 0;
  float propensity = 1;     // how likely this position was to show it
  std::string_view source;  // the source with the largest part, not the network
  // Largest part first, then the others and the network.
  boost::container::static_vector<TrackReason, kReasonsMax> reasons;
};

// How the list published before this event did on it.
struct Score {
  std::int32_t rank = 0;   // 1 = first; 0 = not in the list of k
  bool candidate = false;  // some source proposed the track
  bool new_to_listener = false;
  bool skipped = false;               // what was predicted was broken off: an unwanted hit
  std::int32_t session_position = 0;  // listens of the session before this one
};

// Something to be composed, if the listener says so; without a job the text says why it is not.
struct Offer {
  std::string job_id;
  std::string text;
  bool operator==(const Offer&) const = default;
};

// A listener's refreshed list. Readers keep the one with the highest version.
struct Recommendation {
  std::string id;  // "<topic>/<partition>/<offset>/<n>"
  std::string user_id;
  std::int64_t version = 0;  // the offset of the event that caused it
  std::string cause_id;      // the event's CloudEvents id
  EventType cause_type = EventType::other;
  Micros event_time = 0;      // when the cause happened
  Micros event_received = 0;  // Kafka's timestamp of the cause
  // "control" or the name of the experiment, whose text it is; empty: none runs.
  std::string_view variant = {};
  std::vector<RecommendedTrack> items;
  std::shared_ptr<const Texts> texts;                   // of the reasons
  std::vector<std::pair<std::string_view, float>> mix;  // source -> share of the list's score
  std::optional<Offer> offer = {};
  std::optional<Score> scored;  // how the list before did on this event, on the wire `previous`
};

// Whether the list has a text that only listeners sent: a track's that the catalogue does not have,
// or a name in a reason.
bool has_listeners_names(const Recommendation& recommendation);

// The JSON of segue.recommendations.v1 (schemas/recommendation.v1.json); the unknown is left out.
std::string encode(const Recommendation& recommendation);

}  // namespace segue
