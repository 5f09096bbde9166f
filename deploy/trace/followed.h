#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event.h"
#include "core/time.h"

namespace segue::trace {

// Something that the log says of the event: where it stands, and when it came to be.
struct Sighting {
  std::string stage;  // "event", "list", "signals", "dead letter", "job", "composing", …
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Micros at = 0;
  std::string detail;  // for a person; no listener
};

// Follows one event through the topics: the records of segue.events.v1 first, then those of what it
// can cause, then the results of its jobs. Nothing is kept but what is of the event.
class Followed {
 public:
  explicit Followed(std::string event_id) : id_(std::move(event_id)) {}

  // Whether the event was found; only then is there anything else of it.
  bool found() const { return !sightings_.empty(); }
  // How often the same id stands in the topic behind the first: a client's retries.
  std::int64_t retries() const { return retries_; }
  // As W3C writes it; empty: the event names none.
  const std::string& traceparent() const { return traceparent_; }
  bool has_jobs() const { return !jobs_.empty(); }

  void take_event(const Record& record);
  // A record of segue.recommendations.v1, item-signals, generation-decisions, generation-jobs or
  // dlq.
  // Requires: found().
  void take_effect(std::string_view topic, const Record& record);
  // A record of segue.generation-results.v1.
  void take_result(const Record& record);

  // In the order of time, the event first.
  std::vector<Sighting> sightings() const;

 private:
  void add(std::string stage, std::string_view topic, const Record& record, std::string detail);
  bool is_ours(std::string_view place) const;
  void take_list(std::string_view topic, const Record& record);
  void take_signals(std::string_view topic, const Record& record);
  void take_decision(std::string_view topic, const Record& record);
  void take_job(std::string_view topic, const Record& record);
  void take_dead_letter(std::string_view topic, const Record& record);

  const std::string id_;
  std::string place_;  // "segue.events.v1/3/1207"
  std::string traceparent_;
  std::int64_t retries_ = 0;
  std::set<std::string> jobs_;
  std::set<std::string> stages_;  // of jobs that were seen
  std::vector<Sighting> sightings_;
};

// One line, or one JSON object with a line's end. `event` is the sighting that all began with,
// `before` the one before this.
std::string line_of(const Sighting& sighting, const Sighting& event, const Sighting& before);
std::string json_of(const Sighting& sighting, const Sighting& event, const Sighting& before);

// The same as spans, in the JSON that a collector of OpenTelemetry takes at /v1/traces: one for the
// event, below it one for each stage, from the event's time on. They join the trace that the event
// names, or one that follows from its place in the log. Requires: found().
std::string otlp_of(const Followed& followed);

}  // namespace segue::trace
