#include "consumers/tail/summary.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace segue::tail {
namespace {

constexpr std::size_t kListenersRemembered = 200'000;
constexpr std::int32_t kCut = 20;

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return {buffer.data(), static_cast<std::size_t>(std::clamp(length, 0, 63))};
}

std::string fixed_or(const std::optional<double>& value, int digits, const char* none) {
  return value ? fixed(*value, digits) : none;
}

std::optional<double> milliseconds(const std::optional<Micros>& span) {
  if (!span) return std::nullopt;
  return static_cast<double>(*span) / 1e3;
}

// Rate of `now` less `before` over the seconds between them.
double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  return seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

// Said while such lists come: the workers are behind, and not idle.
std::string earlier_lists(const Figures& f, const Figures& before) {
  if (f.earlier == before.earlier) return {};
  return ", and " + std::to_string(f.earlier) + " of events before";
}

}  // namespace

std::string json_of(const Figures& f) {
  return "{\"seconds\":" + fixed(f.seconds, 1) + ",\"events\":" + std::to_string(f.events) +
         ",\"recommendations\":" + std::to_string(f.recommendations) +
         ",\"earlier_recommendations\":" + std::to_string(f.earlier) +
         ",\"events_per_second\":" + fixed(f.events_per_second, 1) +
         ",\"recommendations_per_second\":" + fixed(f.recommendations_per_second, 1) +
         ",\"event_to_recommendation_ms\":{\"p50\":" + fixed_or(f.p50_ms, 3, "null") +
         ",\"p99\":" + fixed_or(f.p99_ms, 3, "null") + "},\"scored\":" + std::to_string(f.scored) +
         ",\"hit_rate_at_20\":" + fixed_or(f.hit_rate_at_20, 4, "null") +
         ",\"mrr_at_20\":" + fixed_or(f.mrr_at_20, 4, "null") + "}";
}

std::string line_of(const Figures& f, const Figures& before) {
  const double seconds = f.seconds - before.seconds;
  return fixed(f.seconds, 0) + " s   events " + std::to_string(f.events) + " (" +
         fixed(rate(f.events, before.events, seconds), 0) + "/s)   recommendations " +
         std::to_string(f.recommendations) + " (" +
         fixed(rate(f.recommendations, before.recommendations, seconds), 0) + "/s)" +
         earlier_lists(f, before) + "   event to recommendation p50 " + fixed_or(f.p50_ms, 1, "-") +
         " ms, p99 " + fixed_or(f.p99_ms, 1, "-") + " ms   hit rate@20 " +
         fixed_or(f.hit_rate_at_20, 3, "-") + "   MRR@20 " + fixed_or(f.mrr_at_20, 3, "-");
}

// Kafka's timestamps are whole milliseconds: an event of the starting millisecond is not older.
Summary::Summary(Micros started, Counted counted)
    : started_(started - started % kMillisecond),
      counted_(counted),
      versions_(kListenersRemembered) {}

void Summary::event(Micros received, Micros now) {
  if (counted_ == Counted::since_start && received < started_) return;
  if (!first_event_) first_event_ = now;
  ++events_;
}

void Summary::recommendation(const SeenRecommendation& seen, Micros now) {
  const bool recent = seen.event_received >= started_;
  if (!recent && counted_ == Counted::since_start) {
    ++earlier_;
    return;
  }
  if (!versions_.take(seen.user_id, seen.version)) return;
  ++recommendations_;
  if (recent) latencies_.add(now - seen.event_received);
  if (!seen.previous) return;
  ++scored_;
  const std::int32_t rank = seen.previous->rank;
  if (rank < 1 || rank > kCut) return;
  ++hits_;
  reciprocal_ranks_ += 1.0 / rank;
}

Figures Summary::figures(Micros now) const {
  Figures f;
  f.seconds = seconds_of(now - started_);
  f.events = events_;
  f.recommendations = recommendations_;
  f.earlier = earlier_;
  if (first_event_) {
    // In the first moments a rate over so little time would be noise.
    const double since = std::max(seconds_of(now - *first_event_), 1.0);
    f.events_per_second = static_cast<double>(events_) / since;
    f.recommendations_per_second = static_cast<double>(recommendations_) / since;
  }
  f.p50_ms = milliseconds(latencies_.percentile(0.50));
  f.p99_ms = milliseconds(latencies_.percentile(0.99));
  f.scored = scored_;
  if (scored_ > 0) {
    f.hit_rate_at_20 = static_cast<double>(hits_) / static_cast<double>(scored_);
    f.mrr_at_20 = reciprocal_ranks_ / static_cast<double>(scored_);
  }
  return f;
}

}  // namespace segue::tail
