#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/config.h"
#include "core/io/kafka/kafka_confirmed.h"
#include "core/io/metrics/gateway_metrics.h"
#include "core/io/traces/traces.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/log/events.h"

namespace segue::gateway {

namespace asio = boost::asio;

// Carries events into Kafka and says which are there: only the broker's delivery report counts. An
// event that is not confirmed in time may be there all the same; a client that sends it again with
// its session and seq is counted once. The network thread's.
class Confirmations {
 public:
  // The event's offset in its listener's partition: the version of the first list that knows of it.
  // None: it is not known to be in the log.
  using Done = std::function<void(std::optional<std::int64_t> offset)>;
  // The fate of several events of one listener.
  struct Published {
    std::size_t in_log = 0;
    std::int64_t newest = -1;  // the greatest offset
  };

  // `open_log` is given the network thread's loop and where to report, and makes the log; it throws
  // as KafkaConfirmed does.
  using OpenLog = std::function<std::unique_ptr<io::ConfirmedLog>(
      asio::io_context& context, io::ConfirmedLog::OnReports on_reports)>;
  Confirmations(asio::io_context& context, const GatewayConfig& config, io::GatewayMetrics& metrics,
                io::Traces& traces, const OpenLog& open_log);

  // Whether so many more may be on their way; and whether there is room for what matters little.
  bool has_room(std::size_t events) const { return open() + events <= open_max_; }
  bool is_busy() const { return open() * 2 > open_max_; }
  std::size_t open() const { return waiting_.size(); }
  std::int32_t partitions() const { return log_->partitions(); }
  const std::string& cluster() const { return log_->cluster(); }
  // Throws std::runtime_error once the log's client has given up for good.
  void check() const { log_->check(); }

  // A place in the line of those who wait for room: `wakeup` is woken when there is some and no one
  // waits longer. Whoever leaves the line while there is still room wakes the next.
  class Place {
   public:
    Place(Confirmations& confirmations, Wakeup& wakeup);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::weak_ptr<std::list<Wakeup*>> line_;  // gone with the confirmations, which it may outlive
    Confirmations& confirmations_;
    Wakeup* wakeup_;
  };

  // Says of all that is on its way that it is not known to be in the log: no one waits any longer.
  void give_up();

  // False: not taken, `done` is never called. Else it is called once, later.
  bool publish(ReadEvent event, Done done);
  // Publishes all and waits.
  asio::awaitable<Published> publish_all(std::vector<ReadEvent> events);

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    EventType type = EventType::other;
    Clock::time_point sent;
    Done done;
    std::string traceparent;  // of one whose span is exported; empty: none is
  };

  void take(const std::vector<io::ConfirmedLog::Report>& reports);
  void settle(std::uint64_t tag, std::optional<std::int64_t> offset);
  void trace(std::string traceparent, Clock::duration took, bool failed);
  void sweep();
  void wake_next();

  asio::io_context& context_;
  const std::size_t open_max_;
  const Clock::duration within_;
  io::GatewayMetrics& metrics_;
  io::Traces& traces_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::deque<std::pair<Clock::time_point, std::uint64_t>> sent_;  // in the order of their time-outs
  // For room, the first waits longest.
  std::shared_ptr<std::list<Wakeup*>> line_ = std::make_shared<std::list<Wakeup*>>();
  std::uint64_t last_tag_ = 0;
  asio::steady_timer sweeper_;
  std::unique_ptr<io::ConfirmedLog> log_;  // last: it reports to the rest
};

}  // namespace segue::gateway
