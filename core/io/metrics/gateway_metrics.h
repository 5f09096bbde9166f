#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "core/event/event.h"
#include "core/io/metrics/metric_spec.h"

namespace segue::io {

std::span<const MetricSpec> gateway_specs();

// The traffic between players and Kafka. Labels are static texts of the gateway's, never a
// caller's. One thread may write while others read.
class GatewayMetrics {
 public:
  explicit GatewayMetrics(prometheus::Registry& registry);

  // `route` is the name of a route, `method` a known method.
  void request(std::string_view route, std::string_view method, unsigned status, double seconds);
  // `outcome`: accepted, refused, limited, dropped or unconfirmed.
  void event(EventType type, std::string_view outcome);
  void acknowledged(double seconds);
  // `kind`: websocket, sse or audio; `change` is 1 or -1.
  void stream(std::string_view kind, int change);
  // `outcome`: sent, replaced (by a newer list before it went out) or slow (its reader was closed).
  void push(std::string_view outcome);

 private:
  template <class Metric>
  using Family = prometheus::Family<Metric>;
  using Counter = prometheus::Counter;

  Family<Counter>& requests_;
  Family<prometheus::Histogram>& durations_;
  Family<Counter>& events_;
  Family<prometheus::Gauge>& streams_;
  Family<Counter>& pushes_;
  prometheus::Histogram& ack_;
  // Looked up by text: few, and beside a request's own cost it does not count.
  std::map<std::pair<EventType, std::string_view>, Counter*> events_by_;
};

}  // namespace segue::io
