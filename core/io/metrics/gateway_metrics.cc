#include "core/io/metrics/gateway_metrics.h"

#include <array>
#include <string>

namespace segue::io {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

constexpr MetricSpec kRequests{"segue_gateway_http_requests_total", "counter",
                               "route, method, code", "Requests answered."};
constexpr MetricSpec kDurations{"segue_gateway_http_request_duration_seconds", "histogram", "route",
                                "From a request's last byte to its answer; streams do not count."};
constexpr MetricSpec kEvents{
    "segue_gateway_events_total", "counter", "type, outcome",
    "Events of players: accepted, refused, limited, dropped (a heartbeat) or unconfirmed."};
constexpr MetricSpec kAck{"segue_gateway_event_ack_duration_seconds", "histogram", "",
                          "From an event's arrival to Kafka's delivery report."};
constexpr MetricSpec kStreams{"segue_gateway_streams", "gauge", "kind",
                              "Open streams: websocket, sse, or audio on its way."};
constexpr MetricSpec kPushes{
    "segue_player_push_total", "counter", "outcome",
    "Lists for connected players: sent, replaced by a newer one, or slow (closed)."};

constexpr std::array kSpecs = {kRequests, kDurations, kEvents, kAck, kStreams, kPushes};

prometheus::Histogram::BucketBoundaries buckets() {
  return {0.5e-3, 1e-3, 2e-3, 3e-3, 5e-3, 8e-3, 12e-3, 20e-3, 30e-3, 50e-3,
          80e-3,  0.1,  0.15, 0.25, 0.5,  1,    2,     5,     10};
}

}  // namespace

std::span<const MetricSpec> gateway_specs() { return kSpecs; }

GatewayMetrics::GatewayMetrics(prometheus::Registry& registry)
    : requests_(family(BuildCounter(), kRequests, registry)),
      durations_(family(BuildHistogram(), kDurations, registry)),
      events_(family(BuildCounter(), kEvents, registry)),
      streams_(family(BuildGauge(), kStreams, registry)),
      pushes_(family(BuildCounter(), kPushes, registry)),
      ack_(family(BuildHistogram(), kAck, registry).Add({}, buckets())) {
  for (const char* kind : {"websocket", "sse", "audio"}) streams_.Add({{"kind", kind}});
  for (const char* outcome : {"sent", "replaced", "slow"}) pushes_.Add({{"outcome", outcome}});
}

void GatewayMetrics::request(std::string_view route, std::string_view method, unsigned status,
                             double seconds) {
  requests_
      .Add({{"route", std::string(route)},
            {"method", std::string(method)},
            {"code", std::to_string(status)}})
      .Increment();
  durations_.Add({{"route", std::string(route)}}, buckets()).Observe(seconds);
}

void GatewayMetrics::event(EventType type, std::string_view outcome) {
  Counter*& child = events_by_[{type, outcome}];
  if (child == nullptr) {
    child = &events_.Add({{"type", std::string(name_of(type))}, {"outcome", std::string(outcome)}});
  }
  child->Increment();
}

void GatewayMetrics::acknowledged(double seconds) { ack_.Observe(seconds); }

void GatewayMetrics::stream(std::string_view kind, int change) {
  streams_.Add({{"kind", std::string(kind)}}).Increment(change);
}

void GatewayMetrics::push(std::string_view outcome) {
  pushes_.Add({{"outcome", std::string(outcome)}}).Increment();
}

}  // namespace segue::io
