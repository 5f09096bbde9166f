#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace segue::io {

// A client's figures from librdkafka's statistics: the few of its thousand numbers that tell a
// slow broker from a slow program. Counts since the start; the last two are of this moment.
struct KafkaFigures {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t connects = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::int64_t waiting = 0;       // records: unconfirmed of a producer, not yet taken of a consumer
  double round_trip_seconds = 0;  // 99 of 100 requests to the slowest broker were faster
};

enum class KafkaRole : std::uint8_t { producer, consumer };
inline constexpr std::size_t kKafkaRoles = 2;

struct KafkaReport {
  KafkaRole role = KafkaRole::producer;
  KafkaFigures figures;
};

// Reads librdkafka's JSON; none if it is not that.
std::optional<KafkaReport> read_statistics(std::string_view json);

// One client's part of the process's figures: taken back, but for what it counted, when it ends.
// Belongs to the client's thread.
class KafkaShare {
 public:
  KafkaShare() = default;
  ~KafkaShare();
  KafkaShare(const KafkaShare&) = delete;
  KafkaShare& operator=(const KafkaShare&) = delete;
  void note(const KafkaReport& report);

 private:
  std::optional<KafkaReport> last_;
};

// All clients of this process, by role; none: no client of that role has reported. Thread-safe.
std::array<std::optional<KafkaFigures>, kKafkaRoles> kafka_figures();

// How often clients report, where their owner polls them all the time: what is not polled piles up.
inline constexpr const char* kStatisticsEveryMs = "5000";

}  // namespace segue::io
