#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/effects.h"
#include "core/event/event.h"
#include "core/experiment.h"
#include "core/io/traces/span.h"
#include "core/list/recommendation.h"
#include "core/result.h"

namespace segue::io {

using segue::Outcome;

struct EventCount {
  EventType type = EventType::other;
  Outcome outcome = Outcome::applied;
  std::uint64_t events = 0;
};

// An owned partition as its worker sees it.
struct PartitionProgress {
  std::int32_t partition = 0;
  std::int64_t events = 0;  // to come, as far as the worker saw the log's end
  double stands = 0;        // seconds; for so long nothing was applied although records wait
  std::uint32_t attempts = 0;
};

// A partition as seen from outside: see LagBook (consumers/worker).
struct PartitionLag {
  std::int32_t partition = 0;
  std::int64_t events = 0;
  double seconds = 0;
  double state = 0;
};

// How the list that stood before did on a listen, and whose listen it was.
struct ScoredListen {
  Score score;
  Variant variant = Variant::control;
  std::uint8_t bucket = 0;  // of listeners, while an experiment runs
};

// A decision of where the next music comes from.
struct DecisionMade {
  Course choice = Course::search;
  Rule rule = Rule::fits;
};

// A generation job's end; both texts are static.
struct JobEnd {
  std::string_view outcome;
  std::string_view trigger;
};

// A piece that a generator made.
struct PieceMade {
  double music_seconds = 0;
  double queued_seconds = 0;
  std::array<double, 3> stage_seconds{};  // composing, rendering, checking
};

// How long a recommendation took whose event belongs to a trace.
struct TracedLatency {
  double seconds = 0;
  std::string traceparent;  // as W3C writes it
};

// The figures of one turn of a worker. The worker fills it, `main` hands it to Metrics::record;
// nothing below measures itself.
struct BatchReport {
  std::uint64_t batch_events = 0;
  std::vector<EventCount> events;
  std::array<double, 4> stage_seconds{};                // load, step, publish, apply
  std::vector<double> event_to_recommendation_seconds;  // one a published recommendation
  std::vector<TracedLatency> traced;                    // those of them that belong to a trace
  std::vector<Span> spans;                              // of what belongs to a trace
  std::vector<ScoredListen> scores;
  std::vector<std::pair<Reason, std::uint64_t>> dead_letters;  // in their topic's log
  std::vector<std::string> left_out;  // topics, one for each publication refused in every form
  std::uint64_t fenced = 0;
  std::uint64_t rewinds = 0;
  std::uint64_t apply_duplicates = 0;
  std::uint64_t assigned = 0;
  std::uint64_t revoked = 0;
  std::vector<PartitionProgress> progress;  // of every owned partition, about once a second
  std::vector<std::int32_t> gone;           // partitions whose gauges are to be removed
  // Gauges of the process; by variant, so far, estimates.
  std::array<double, kVariants> tracks_recommended{};  // different ones
  std::array<double, kVariants> listeners_scored{};    // different ones
  std::optional<std::uint64_t> models_held;            // item models in memory
  std::uint64_t models_refused = 0;                    // see HeldModels, since the start
  std::optional<std::uint64_t> track_models_held;      // of these, tracks'
  // A recommender's, of composed music.
  std::vector<DecisionMade> decisions;
  std::vector<TrialEnd> trials;
  std::uint64_t offers = 0;  // new ones
  std::uint64_t offers_accepted = 0;
  std::uint64_t composed_kept = 0;  // plays of composed tracks
  std::uint64_t composed_skipped = 0;
  // A generator's.
  std::vector<JobEnd> job_ends;
  std::vector<PieceMade> pieces;
  std::optional<std::uint64_t> jobs_open;
};

}  // namespace segue::io
