#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "consumers/tail/latencies.h"
#include "consumers/tail/latest_versions.h"
#include "consumers/tail/message.h"
#include "core/time.h"

namespace segue::tail {

// Counts since the start; rates are averages since the first event counted.
struct Figures {
  double seconds = 0;
  std::uint64_t events = 0;
  std::uint64_t recommendations = 0;
  // Not among them: lists of events from before the start, which come while workers are behind.
  std::uint64_t earlier = 0;
  double events_per_second = 0;
  double recommendations_per_second = 0;
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
  std::uint64_t scored = 0;
  std::optional<double> hit_rate_at_20;
  std::optional<double> mrr_at_20;
};

// {"seconds":…, "events":…, …}: one line of JSON without its line break; null where nothing was
// measured.
std::string json_of(const Figures& figures);
// The same for people; rates are those since `before`.
std::string line_of(const Figures& figures, const Figures& before);

// All listeners in numbers. A recommendation counts once, as far as bounded memory can tell. Only
// what Kafka received at or after `started` is timed and, unless all of the log was asked for,
// counted: what came before says nothing of how fast Segue is now. One thread.
class Summary {
 public:
  enum class Counted : bool { since_start, whole_log };
  Summary(Micros started, Counted counted);

  // An input event with Kafka's timestamp, read at `now`.
  void event(Micros received, Micros now);
  // A recommendation read at `now`.
  void recommendation(const SeenRecommendation& seen, Micros now);
  Figures figures(Micros now) const;

 private:
  Micros started_;
  Counted counted_;
  LatestVersions versions_;
  Latencies latencies_;
  std::optional<Micros> first_event_;
  std::uint64_t events_ = 0;
  std::uint64_t recommendations_ = 0;
  std::uint64_t earlier_ = 0;
  std::uint64_t scored_ = 0;
  std::uint64_t hits_ = 0;
  double reciprocal_ranks_ = 0;
};

}  // namespace segue::tail
