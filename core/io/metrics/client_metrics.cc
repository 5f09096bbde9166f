#include "core/io/metrics/client_metrics.h"

namespace segue::io {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

constexpr MetricSpec kRequests{"segue_kafka_client_requests_total", "counter", "client",
                               "Requests of librdkafka to brokers, by its consumers or producers."};
constexpr MetricSpec kFailed{"segue_kafka_client_errors_total", "counter", "client",
                             "Requests that could not be sent, or their answers not be read."};
constexpr MetricSpec kTimedOut{"segue_kafka_client_timeouts_total", "counter", "client",
                               "Requests that no broker answered in time."};
constexpr MetricSpec kConnects{"segue_kafka_client_connects_total", "counter", "client",
                               "Connections that were tried to brokers."};
constexpr MetricSpec kBytes{"segue_kafka_client_bytes_total", "counter", "client, direction",
                            "Bytes sent to and received from brokers."};
constexpr MetricSpec kWaiting{
    "segue_kafka_client_waiting_records", "gauge", "client",
    "Records that Kafka has not confirmed (producer), or fetched and not taken yet (consumer)."};
constexpr MetricSpec kRoundTrip{"segue_kafka_client_round_trip_seconds", "gauge", "client",
                                "99 of 100 requests to the slowest broker were faster."};

constexpr std::array kSpecs = {kRequests, kFailed,  kTimedOut, kConnects,
                               kBytes,    kWaiting, kRoundTrip};
constexpr std::array<const char*, kKafkaRoles> kRoles = {"producer", "consumer"};

void add(prometheus::Counter& counter, std::uint64_t now, std::uint64_t before) {
  counter.Increment(static_cast<double>(now - before));
}

}  // namespace

std::span<const MetricSpec> client_specs() { return kSpecs; }

ClientMetrics::ClientMetrics(prometheus::Registry& registry)
    : requests_(family(BuildCounter(), kRequests, registry)),
      failed_(family(BuildCounter(), kFailed, registry)),
      timed_out_(family(BuildCounter(), kTimedOut, registry)),
      connects_(family(BuildCounter(), kConnects, registry)),
      bytes_(family(BuildCounter(), kBytes, registry)),
      waiting_(family(BuildGauge(), kWaiting, registry)),
      round_trip_(family(BuildGauge(), kRoundTrip, registry)) {}

void ClientMetrics::update(const std::array<std::optional<KafkaFigures>, kKafkaRoles>& figures) {
  for (std::size_t role = 0; role < kKafkaRoles; ++role) {
    if (figures[role]) update(role, *figures[role]);
  }
}

void ClientMetrics::update(std::size_t role, const KafkaFigures& now) {
  const prometheus::Labels of{{"client", kRoles[role]}};
  const prometheus::Labels sent{{"client", kRoles[role]}, {"direction", "sent"}};
  const prometheus::Labels received{{"client", kRoles[role]}, {"direction", "received"}};
  const KafkaFigures& before = counted_[role];
  add(requests_.Add(of), now.requests, before.requests);
  add(failed_.Add(of), now.failed, before.failed);
  add(timed_out_.Add(of), now.timed_out, before.timed_out);
  add(connects_.Add(of), now.connects, before.connects);
  add(bytes_.Add(sent), now.sent_bytes, before.sent_bytes);
  add(bytes_.Add(received), now.received_bytes, before.received_bytes);
  waiting_.Add(of).Set(static_cast<double>(now.waiting));
  round_trip_.Add(of).Set(now.round_trip_seconds);
  counted_[role] = now;
}

}  // namespace segue::io
