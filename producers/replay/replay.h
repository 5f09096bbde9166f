#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/config.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/metrics/metrics.h"
#include "core/item/catalog.h"
#include "producers/replay/files/listening.h"
#include "producers/replay/pace.h"
#include "producers/replay/progress.h"

namespace segue {

// The source of a replay, and its manner.
struct ReplayPlan {
  Pace pace;
  std::int64_t events_max = 0;       // 0: all
  std::chrono::seconds for_time{0};  // 0: until the end
  // Simulated time may overtake the clock; recorded time is what it is.
  bool never_ahead_of_clock = false;
  std::chrono::milliseconds flush_wait{0};
};

// Sends listening to Kafka at its pace and counts what became of it. Stops early when the program
// was asked to. One thread.
class Replay {
 public:
  Replay(const ReplayPlan& plan, io::KafkaStream& stream, io::Metrics& metrics);

  // Before the events, and in the log before them.
  void publish(const std::vector<CatalogEntry>& catalogue);
  // Until the end, the limits of the plan, or the wish to stop.
  void publish(Listening& listening);
  // Waits for the reports that are still out; what has none by then has failed.
  ReplayCounts finish();

 private:
  using Clock = std::chrono::steady_clock;

  void send(EventDraft draft);
  bool wait_until_due(Micros due, const Listening& listening);
  Micros elapsed() const;  // since the first event was due
  bool over() const;
  double share(const Listening& listening) const;
  void hold_back(EventDraft& draft);
  void take_stock(double share);
  void record();
  void flush();

  ReplayPlan plan_;
  io::KafkaStream& stream_;
  io::Metrics& metrics_;
  ProgressDisplay display_;
  ReplayCounts counts_;
  ReplayCounts recorded_;  // what the metrics know
  Clock::time_point began_;
  bool clock_reached_ = false;
};

}  // namespace segue
