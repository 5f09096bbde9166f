#include "consumers/worker/lag/lag_watch.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "consumers/worker/lag/lag_book.h"
#include "core/io/clock.h"
#include "core/io/kafka/kafka_ends.h"
#include "core/io/redis/redis_reader.h"

namespace segue {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kEvery{1'000};
constexpr std::chrono::milliseconds kPause{20};
// A Redis that hangs must not make the watch late.
constexpr std::int64_t kRedisWaitMs = 500;
// A server that hangs must not make the watch much later than its second.
constexpr std::chrono::milliseconds kAskingMax{1'500};
// Looks a second: each is a fetch of a batch.
constexpr std::size_t kLooksMax = 16;

Micros micros_of(Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

RedisConfig impatient(RedisConfig config) {
  config.timeout_ms = std::min(config.timeout_ms, kRedisWaitMs);
  return config;
}

class Watch {
 public:
  Watch(const Config& config, std::string_view input, std::int32_t partitions)
      : input_(input),
        ends_(config.kafka, input),
        redis_(impatient(config.redis)),
        marks_(static_cast<std::size_t>(partitions)),
        next_(static_cast<std::size_t>(partitions), -1) {}

  std::vector<Lag> look() {
    ask_kafka();
    ask_redis();
    if (!positions_known_) return {};
    const Micros elapsed = micros_of(Clock::now());
    for (std::size_t p = 0; p < marks_.size(); ++p) {
      // Nothing was ever claimed: the first worker begins where the log does.
      const std::int64_t next = std::max(next_[p], marks_[p] ? marks_[p]->low : 0);
      if (marks_[p]) book_.observe(static_cast<std::int32_t>(p), marks_[p]->high, next, elapsed);
    }
    look_up(elapsed);
    return book_.lags(micros_of(Clock::now()));
  }

 private:
  // Ends first: what is applied in between is then no lag. A partition without a leader costs a
  // second, a broker that is away one for each of its partitions: the next look goes on from there.
  void ask_kafka() {
    const auto until = Clock::now() + kAskingMax;
    for (std::size_t i = 0; i < marks_.size() && Clock::now() < until; ++i) {
      const std::size_t p = asked_++ % marks_.size();
      if (const auto marks = ends_.of(static_cast<std::int32_t>(p))) marks_[p] = marks;
    }
  }

  void ask_redis() {
    if (const auto positions = redis_.positions(input_, static_cast<std::int32_t>(next_.size()))) {
      next_ = *positions;
      positions_known_ = true;
    }
  }

  void look_up(Micros elapsed) {
    const auto places = book_.to_look_at(elapsed);
    const auto until = Clock::now() + kAskingMax;
    for (std::size_t i = 0; i < std::min(places.size(), kLooksMax) && Clock::now() < until; ++i) {
      const auto [partition, next] = places[looked_++ % places.size()];
      const io::KafkaEnds::Look found = ends_.look(partition, next);
      if (!found.known) continue;
      std::optional<Micros> age;
      if (found.timestamp) age = wall_clock() - *found.timestamp;
      book_.looked(partition, next, age, micros_of(Clock::now()));
    }
  }

  std::string input_;
  io::KafkaEnds ends_;
  io::RedisReader redis_;
  std::vector<std::optional<io::Watermarks>> marks_;
  std::vector<std::int64_t> next_;
  LagBook book_;
  bool positions_known_ = false;
  std::size_t asked_ = 0;   // so far, of partitions in turn
  std::size_t looked_ = 0;  // so far, of places in turn
};

}  // namespace

void watch_lag(io::Program& program, std::string_view input, std::int32_t partitions,
               const std::atomic<bool>& stop) {
  Watch watch(program.config(), input, partitions);
  while (!stop) {
    const auto next = Clock::now() + kEvery;
    for (const Lag& lag : watch.look()) {
      program.metrics().lag(input, {.partition = lag.partition,
                                    .events = lag.events,
                                    .seconds = lag.seconds,
                                    .state = static_cast<double>(lag.state)});
    }
    while (!stop && Clock::now() < next) std::this_thread::sleep_for(kPause);
  }
}

}  // namespace segue
