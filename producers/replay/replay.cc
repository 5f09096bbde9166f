#include "producers/replay/replay.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "core/event/topics.h"
#include "core/io/clock.h"
#include "core/io/log.h"
#include "core/io/program.h"

namespace segue {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::string_view kSource = "/segue/replay";
// Counts are gathered and shown after so many events at the latest.
constexpr std::uint64_t kStockEvery = 256;
// The longest sleep, so that a wish to stop is soon seen.
constexpr milliseconds kNapMax{100};
// Kafka's poll sleeps whole milliseconds; what is due sooner is slept for exactly.
constexpr microseconds kExactBelow{2'000};
// So far ahead of the clock is within the precision of clocks, not worth a word.
constexpr Micros kClockSlack = kSecond;

}  // namespace

Replay::Replay(const ReplayPlan& plan, io::KafkaStream& stream, io::Metrics& metrics)
    : plan_(plan), stream_(stream), metrics_(metrics), began_(Clock::now()) {}

void Replay::publish(const std::vector<CatalogEntry>& catalogue) {
  for (const CatalogEntry& entry : catalogue) {
    if (io::Program::stopping()) break;
    stream_.send({.topic = std::string(topic::kCatalog),
                  .key = entry.track_id,
                  .value = encode(entry),
                  .headers = {{"content-type", "application/json"}}});
    ++counts_.catalogue;
  }
  flush();
  began_ = Clock::now();
}

void Replay::publish(Listening& listening) {
  began_ = Clock::now();
  while (!over()) {
    auto draft = listening.next();
    if (!draft) break;
    const Micros due = plan_.pace.due(counts_.events, draft->time);
    if (!wait_until_due(due, listening)) break;
    if (plan_.pace.paced()) {
      counts_.late = std::max<Micros>(elapsed() - due, 0);
      counts_.latest = std::max(counts_.latest, counts_.late);
    }
    send(std::move(*draft));
    if (counts_.events % kStockEvery == 0) take_stock(share(listening));
  }
  counts_.seconds = static_cast<double>(elapsed()) / 1e6;
}

ReplayCounts Replay::finish() {
  flush();
  display_.close();
  counts_.delivered = stream_.delivered();
  // An event without a report by now counts as lost, whether or not it arrives.
  const std::uint64_t sent = counts_.events + counts_.catalogue;
  counts_.failed = sent - std::min(counts_.delivered, sent);
  record();
  return counts_;
}

void Replay::send(EventDraft draft) {
  if (plan_.never_ahead_of_clock) hold_back(draft);
  EncodedEvent event = encode(draft, kSource);
  stream_.send({.topic = std::string(topic::kEvents),
                .key = std::move(event.key),
                .value = std::move(event.value),
                .headers = std::move(event.headers)});
  ++counts_.events;
}

// Serves reports while it waits. False when the replay is over before.
bool Replay::wait_until_due(Micros due, const Listening& listening) {
  while (true) {
    const microseconds left{due - elapsed()};
    if (over()) return false;
    if (left.count() <= 0) return true;
    if (left < kExactBelow) {
      stream_.serve(milliseconds{0});
      std::this_thread::sleep_for(left);
      continue;
    }
    stream_.serve(std::min(duration_cast<milliseconds>(left) - milliseconds{1}, kNapMax));
    take_stock(share(listening));
  }
}

Micros Replay::elapsed() const {
  return duration_cast<microseconds>(Clock::now() - began_).count();
}

bool Replay::over() const {
  if (io::Program::stopping()) return true;
  const auto sent = static_cast<std::int64_t>(counts_.events);
  if (plan_.events_max > 0 && sent >= plan_.events_max) return true;
  return plan_.for_time.count() > 0 && elapsed() >= microseconds(plan_.for_time).count();
}

// Whichever end is nearest.
double Replay::share(const Listening& listening) const {
  double share = listening.progress();
  if (plan_.events_max > 0)
    share = std::max(share,
                     static_cast<double>(counts_.events) / static_cast<double>(plan_.events_max));
  if (plan_.for_time.count() > 0)
    share = std::max(share, static_cast<double>(elapsed()) /
                                static_cast<double>(microseconds(plan_.for_time).count()));
  return std::min(share, 1.0);
}

// An event from the future would be refused. Order and sessions stay as simulated; only the gaps
// between events shrink.
void Replay::hold_back(EventDraft& draft) {
  const Micros now = wall_clock();
  if (draft.time <= now) return;
  if (draft.time - now > kClockSlack && !std::exchange(clock_reached_, true))
    io::log::info(
        "Simulated time has caught up with the clock: from here events carry the time "
        "they are sent.");
  draft.time = now;
}

void Replay::take_stock(double share) {
  counts_.share = share;
  counts_.delivered = stream_.delivered();
  counts_.failed = stream_.failed();
  counts_.seconds = static_cast<double>(elapsed()) / 1e6;
  record();
  display_.show(counts_);
}

void Replay::record() {
  metrics_.replayed(counts_.delivered - recorded_.delivered, counts_.failed - recorded_.failed);
  recorded_ = counts_;
}

void Replay::flush() {
  const auto deadline = Clock::now() + plan_.flush_wait;
  while (stream_.flush(kNapMax) > 0 && Clock::now() < deadline) display_.show(counts_);
}

}  // namespace segue
