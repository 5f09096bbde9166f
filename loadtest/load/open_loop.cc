#include "loadtest/load/open_loop.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/io/clock.h"
#include "core/io/kafka/kafka_sink.h"

namespace segue {
namespace {

using Clock = Stopwatch::Clock;

// How long a sender sleeps at most before it looks whether it should stop.
constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::chrono::milliseconds kFlushWait{10'000};

// Waits until `due`; false if it should stop instead.
bool wait_until(Clock::time_point due, const std::function<bool()>& stopping) {
  while (!stopping()) {
    const auto now = Clock::now();
    if (now >= due) return true;
    std::this_thread::sleep_until(std::min(due, now + kLookEvery));
  }
  return false;
}

// The draft as if it happened now, in sessions of this run alone: what an earlier run sent with the
// same seed must not make this one a duplicate.
void renew(EventDraft& draft, std::string id) {
  if (!draft.session_id.empty()) draft.session_id = id.substr(0, id.rfind('/')) + draft.session_id;
  if (!draft.play_id.empty()) draft.play_id = id;
  draft.id = std::move(id);
  draft.time = wall_clock();
}

io::Publication publication_of(const std::string& topic, const EventDraft& draft) {
  EncodedEvent encoded = encode(draft, "/segue/load");
  return {.topic = topic,
          .key = std::move(encoded.key),
          .value = std::move(encoded.value),
          .headers = std::move(encoded.headers)};
}

}  // namespace

Delivered send_open_loop(const KafkaConfig& kafka, const OpenLoop& loop, Listening& listening,
                         Stopwatch& stopwatch) {
  io::KafkaStream stream(kafka);
  Delivered delivered;
  const auto start = Clock::now();
  auto reported = start;
  for (std::size_t n = 0; n < loop.events; ++n) {
    std::optional<EventDraft> draft = listening.next();
    if (!draft) break;
    const auto due = start + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(static_cast<double>(n) / loop.rate));
    if (!wait_until(due, loop.stopping)) break;
    renew(*draft, stopwatch.id(n));
    const io::Publication publication = publication_of(loop.topic, *draft);

    stopwatch.sent(n, due, loop.expects_answer(*draft));
    stream.send(publication);
    stream.serve(std::chrono::milliseconds{0});

    ++delivered.events;
    delivered.bytes += publication.value->size();
    if (due - reported >= std::chrono::seconds{1}) {
      reported = due;
      loop.progress(n + 1);
    }
  }
  delivered.failed = stream.flush(kFlushWait) + stream.failed();
  return delivered;
}

}  // namespace segue
