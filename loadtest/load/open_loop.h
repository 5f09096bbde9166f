#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/config.h"
#include "loadtest/load/stopwatch.h"
#include "producers/replay/files/listening.h"

namespace segue {

// The sender's result.
struct Delivered {
  std::uint64_t events = 0;
  std::uint64_t failed = 0;  // reported with an error, or not at all
  std::uint64_t bytes = 0;   // of the values
};

// Sends event `n` at n / rate seconds from now, whatever becomes of those before: a slow system
// under test does not slow the sender down. `expects_answer` says which events must be answered.
// Blocks until all events of the stopwatch are sent and reported, or `stopping`; throws as
// KafkaStream does. `listening` must have that many events, or the run is shorter.
struct OpenLoop {
  std::string topic;
  std::size_t events = 0;
  double rate = 500;  // a second
  std::function<bool(const EventDraft&)> expects_answer;
  std::function<bool()> stopping;
  std::function<void(std::size_t sent)> progress;  // about once a second
};
Delivered send_open_loop(const KafkaConfig& kafka, const OpenLoop& loop, Listening& listening,
                         Stopwatch& stopwatch);

}  // namespace segue
