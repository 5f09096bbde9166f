#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/config.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_batches.h"
#include "core/io/kafka/kafka_client.h"

namespace segue::io {

// An error that says something of the data at a partition's position. librdkafka 2.0.2 repeats it
// for ever (what does not decompress), or, worse, goes on at an offset that it reads out of broken
// bytes (a wrong checksum): from this error on nothing that comes of the partition may be used,
// until it is assigned again.
bool is_about_data(rd_kafka_resp_err_t error);

// How many ranges of offsets this process has passed over as unreadable, by the place of the topic
// in kTopics; behind them those of any other topic. Thread-safe.
std::array<std::uint64_t, kTopics.size() + 1> unreadable_seen();

// A position at which a consumer stands: librdkafka said that it cannot read there, or has said
// nothing for a while although the log goes on.
struct Standstill {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string why = {};  // for a person; empty: nothing was said
};

struct Inquest {
  enum class Outcome : std::uint8_t {
    readable,    // after all: assign the partition again
    unreadable,  // nothing in [at.offset, next) can be read
    unknown,     // no answer: ask again later
  };
  Standstill at;
  Outcome outcome = Outcome::unknown;
  std::int64_t next = 0;
  // Where the log ended with no record from at.offset on, only markers of transactions; else -1.
  std::int64_t end = -1;
};

// Notices when a partition's reader stands, by what the log's end is and by what comes. One thread.
class Standing {
 public:
  using Clock = std::chrono::steady_clock;
  // An error in the data: nothing that comes may be used.
  void halt() { halted_ = true; }
  bool halted() const { return halted_; }
  // A record came.
  void moved() { silence_max_ = kSilenceMax; }
  // Whether to ask for an inquest now; then `answered` is called later. Requires: all that had come
  // was taken; `high` is the log's end as last seen.
  bool asks(std::int64_t next, std::int64_t high, Clock::time_point now);
  // `found`: the batch before was unreadable, so the next one may be, too.
  void answered(bool found, Clock::time_point now);

 private:
  // How long a reader may stand although the log goes on.
  static constexpr std::chrono::milliseconds kSilenceMax{3'000};
  static constexpr std::chrono::milliseconds kSilenceAgainMax{250};

  bool halted_ = false;
  bool asked_ = false;
  std::int64_t behind_at_ = -1;  // where it stands with records to come, and since when
  Clock::time_point behind_since_{};
  Clock::time_point ask_from_{};
  Clock::duration silence_max_ = kSilenceMax;
};

// Finds out what is behind a standstill, on a thread and with a consumer of its own, so that a
// batch of one partition disturbs no other. Unreadable is what this very librdkafka, asked for
// nothing else, cannot read while the partition's leader does answer; how far that goes, the
// batches' frames say.
class Inquests {
 public:
  explicit Inquests(const KafkaConfig& config);
  ~Inquests();
  Inquests(const Inquests&) = delete;
  Inquests& operator=(const Inquests&) = delete;

  // Neither waits. One inquest at a time; of one partition at most one may be asked for.
  void ask(Standstill at);
  std::optional<Inquest> answer();

  // Counts it for `unreadable_seen`. One line for a person, at most every ten seconds; says how
  // many there were meanwhile.
  void say(const std::string& topic, const Unreadable& what);

 private:
  struct Reader;
  void serve();
  Inquest hold(Reader& reader, Standstill at) const;

  const KafkaConfig config_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Standstill> asked_;  // guarded by mutex_, as is the next
  std::deque<Inquest> answered_;
  std::atomic<bool> ending_ = false;
  std::chrono::steady_clock::time_point quiet_until_{};  // this and the next: the caller's thread
  std::int64_t unsaid_ = 0;
  std::thread thread_;  // begun with the first question
};

}  // namespace segue::io
