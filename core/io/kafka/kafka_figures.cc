#include "core/io/kafka/kafka_figures.h"

#include <simdjson.h>

#include <algorithm>
#include <mutex>

namespace segue::io {
namespace {

namespace dom = simdjson::dom;

constexpr double kMicros = 1e6;

struct Process {
  std::mutex mutex;
  std::array<std::optional<KafkaFigures>, kKafkaRoles> figures;
};

Process& process() {
  static Process all;
  return all;
}

// 0 where there is none: a number more or less in a version of librdkafka stops nothing.
std::uint64_t count_at(const dom::object& object, std::string_view name) {
  std::uint64_t count = 0;
  return object.at_key(name).get(count) == simdjson::SUCCESS ? count : 0;
}

void add_broker(const dom::object& broker, KafkaFigures& to) {
  to.failed += count_at(broker, "txerrs") + count_at(broker, "rxerrs");
  to.timed_out += count_at(broker, "req_timeouts");
  to.connects += count_at(broker, "connects");
  dom::object round_trips;
  if (broker.at_key("rtt").get(round_trips) != simdjson::SUCCESS) return;
  const double slow = static_cast<double>(count_at(round_trips, "p99")) / kMicros;
  to.round_trip_seconds = std::max(to.round_trip_seconds, slow);
}

// Records that were fetched and not taken yet.
std::int64_t fetched(const dom::object& topics) {
  std::uint64_t records = 0;
  for (const auto& topic : topics) {
    dom::object partitions;
    if (topic.value.at_key("partitions").get(partitions) != simdjson::SUCCESS) continue;
    for (const auto& partition : partitions) {
      dom::object one;
      if (partition.value.get(one) == simdjson::SUCCESS) records += count_at(one, "fetchq_cnt");
    }
  }
  return static_cast<std::int64_t>(records);
}

// The counts of `now` since `before`; a client's counts never fall.
void add_counts(KafkaFigures& to, const KafkaFigures& now, const KafkaFigures& before) {
  to.requests += now.requests - before.requests;
  to.failed += now.failed - before.failed;
  to.timed_out += now.timed_out - before.timed_out;
  to.connects += now.connects - before.connects;
  to.sent_bytes += now.sent_bytes - before.sent_bytes;
  to.received_bytes += now.received_bytes - before.received_bytes;
  to.waiting += now.waiting - before.waiting;
}

}  // namespace

std::optional<KafkaReport> read_statistics(std::string_view json) {
  dom::parser parser;
  dom::object all;
  std::string_view type;
  if (parser.parse(json.data(), json.size()).get(all) != simdjson::SUCCESS ||
      all.at_key("type").get(type) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  KafkaReport report{.role = type == "consumer" ? KafkaRole::consumer : KafkaRole::producer,
                     .figures = {}};
  KafkaFigures& to = report.figures;
  to.requests = count_at(all, "tx");
  to.sent_bytes = count_at(all, "tx_bytes");
  to.received_bytes = count_at(all, "rx_bytes");
  to.waiting = static_cast<std::int64_t>(count_at(all, "msg_cnt"));
  dom::object brokers;
  if (all.at_key("brokers").get(brokers) == simdjson::SUCCESS) {
    for (const auto& broker : brokers) {
      dom::object one;
      if (broker.value.get(one) == simdjson::SUCCESS) add_broker(one, to);
    }
  }
  dom::object topics;
  const bool consumer = report.role == KafkaRole::consumer;
  if (consumer && all.at_key("topics").get(topics) == simdjson::SUCCESS)
    to.waiting = fetched(topics);
  return report;
}

void KafkaShare::note(const KafkaReport& report) {
  const std::lock_guard lock(process().mutex);
  auto& total = process().figures[static_cast<std::size_t>(report.role)];
  if (!total) total.emplace();
  add_counts(*total, report.figures, last_ ? last_->figures : KafkaFigures{});
  total->round_trip_seconds = report.figures.round_trip_seconds;
  last_ = report;
}

KafkaShare::~KafkaShare() {
  if (!last_) return;
  const std::lock_guard lock(process().mutex);
  process().figures[static_cast<std::size_t>(last_->role)]->waiting -= last_->figures.waiting;
}

std::array<std::optional<KafkaFigures>, kKafkaRoles> kafka_figures() {
  const std::lock_guard lock(process().mutex);
  return process().figures;
}

}  // namespace segue::io
