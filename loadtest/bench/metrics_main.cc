#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/io/metrics/metrics.h"
#include "loadtest/bench/played.h"

// Measures what metrics and exemplars cost a recommender: every second batch is recorded as a
// worker records it, each event belonging to a trace, while another thread scrapes OpenMetrics once
// a second. The base is the bare step, which is less than all that a worker does. What counts is
// the CPU time of the thread that steps: what the scraping thread takes is not in it.
namespace segue {
namespace {

constexpr std::size_t kBatchEvents = 256;  // worker.batch_events_max
constexpr int kRounds = 12;
constexpr std::string_view kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Seconds that this thread has computed.
double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Reports these events as a worker would.
void report(const Event& event, const Effects& effects, io::BatchReport& report) {
  const auto same = std::ranges::find_if(report.events, [&](const io::EventCount& one) {
    return one.type == event.type && one.outcome == effects.outcome;
  });
  if (same == report.events.end()) {
    report.events.push_back({event.type, effects.outcome, 1});
  } else {
    ++same->events;
  }
  ++report.batch_events;
  if (effects.score) report.scores.push_back({.score = *effects.score});
  if (!effects.recommendation) return;
  const double seconds = 1e-3 * static_cast<double>(report.batch_events);
  report.event_to_recommendation_seconds.push_back(seconds);
  report.traced.push_back({seconds, std::string(kTraceparent)});
}

struct Cost {
  double with_s = 0;
  double without_s = 0;
  std::uint64_t with_events = 0;
  std::uint64_t without_events = 0;
  std::uint64_t recorded = 0;  // as the metrics say in the end

  double ratio() const {
    return with_s / static_cast<double>(with_events) /
               (without_s / static_cast<double>(without_events)) -
           1;
  }
};

// The sum of a counter's samples in Prometheus' text.
std::uint64_t sum_of(const std::string& text, std::string_view name) {
  double sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(std::string(name) + "{")) sum += std::stod(line.substr(line.rfind(' ')));
    at = end + 1;
  }
  return static_cast<std::uint64_t>(sum);
}

// Once over the timed events in batches of this size; `first` says whether even batches or odd ones
// are recorded.
Cost round(std::size_t batch_events, bool first, io::Metrics& metrics) {
  auto listeners = played().listeners;
  Ranker ranker = played().ranker;
  RankingMemory memory;
  const std::vector<Event>& events = timed().events;
  Cost cost;
  bool records = first;
  for (std::size_t at = 0; at < events.size(); at += batch_events, records = !records) {
    const std::size_t end = std::min(at + batch_events, events.size());
    io::BatchReport batch;
    const double began = cpu_now();
    for (std::size_t i = at; i < end; ++i) {
      const Event& event = events[i];
      const Effects effects =
          step(listeners[event.user_id], ranker, event, played().models, played().tuning, memory);
      if (records) report(event, effects, batch);
    }
    if (records) metrics.record(batch, topic::kEvents);
    (records ? cost.with_s : cost.without_s) += cpu_now() - began;
    (records ? cost.with_events : cost.without_events) += end - at;
  }
  return cost;
}

// Each round's ratio, from the least to the greatest; the answer is checked.
std::vector<double> measure(std::size_t batch_events) {
  io::Metrics metrics("segue-recommender");
  std::atomic<bool> over = false;
  std::thread scraper([&] {
    while (!over) {
      SEGUE_CHECK(metrics.text(true).ends_with("# EOF\n"));
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  });
  std::vector<double> ratios;
  std::uint64_t recorded = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Cost even = round(batch_events, true, metrics);
    const Cost odd = round(batch_events, false, metrics);
    // Each batch once recorded and once not: batches differ by more than what is measured.
    const Cost both{.with_s = even.with_s + odd.with_s,
                    .without_s = even.without_s + odd.without_s,
                    .with_events = even.with_events + odd.with_events,
                    .without_events = even.without_events + odd.without_events};
    recorded += both.with_events;
    ratios.push_back(both.ratio());
  }
  over = true;
  scraper.join();
  SEGUE_CHECK(sum_of(metrics.text(), "segue_worker_events_total") == recorded);
  std::ranges::sort(ratios);
  return ratios;
}

void print(std::size_t batch_events) {
  const std::vector<double> ratios = measure(batch_events);
  const auto percent = [](double ratio) { return std::to_string(100 * ratio) + " %"; };
  std::cout << "batches of " << batch_events << ": metrics and exemplars cost "
            << percent(ratios[ratios.size() / 2]) << " (" << percent(ratios.front()) << " to "
            << percent(ratios.back()) << ", " << ratios.size() << " rounds of "
            << 2 * timed().events.size() << " events)" << std::endl;
}

}  // namespace
}  // namespace segue

int main() {
  segue::print(segue::kBatchEvents);
  segue::print(1);
  return 0;
}
