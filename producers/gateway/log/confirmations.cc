#include "producers/gateway/log/confirmations.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <utility>

#include "core/event/topics.h"
#include "core/event/traceparent.h"
#include "core/io/clock.h"

namespace segue::gateway {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{50};

std::string_view traceparent_in(const std::vector<Header>& headers) {
  const auto found = std::ranges::find(headers, kTraceparentHeader, &Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

Confirmations::Confirmations(asio::io_context& context, const GatewayConfig& config,
                             io::GatewayMetrics& metrics, io::Traces& traces,
                             const OpenLog& open_log)
    : context_(context),
      open_max_(static_cast<std::size_t>(config.unconfirmed_events_max)),
      within_(std::chrono::milliseconds(config.confirm_within_ms)),
      metrics_(metrics),
      traces_(traces),
      sweeper_(context),
      log_(open_log(context, [this](std::vector<io::ConfirmedLog::Report> reports) {
        asio::post(context_, [this, reports = std::move(reports)] { take(reports); });
      })) {
  sweep();
}

bool Confirmations::publish(ReadEvent event, Done done) {
  if (!has_room(1)) return false;
  const std::uint64_t tag = ++last_tag_;
  const std::string_view given = traceparent_in(event.record.headers);
  std::string traceparent(traces_.wants(given) ? given : std::string_view());
  const bool taken = log_->send({.topic = std::string(topic::kEvents),
                                 .partition = -1,
                                 .key = std::move(event.record.key),
                                 .value = std::move(event.record.value),
                                 .headers = std::move(event.record.headers)},
                                tag);
  if (!taken) return false;
  const auto now = Clock::now();
  waiting_[tag] = {.type = event.type,
                   .sent = now,
                   .done = std::move(done),
                   .traceparent = std::move(traceparent)};
  sent_.emplace_back(now + within_, tag);
  return true;
}

asio::awaitable<Confirmations::Published> Confirmations::publish_all(
    std::vector<ReadEvent> events) {
  struct Round {
    explicit Round(const asio::any_io_executor& executor) : done(executor) {}
    std::size_t open = 0;
    Published published;
    Wakeup done;
  };
  const auto round = std::make_shared<Round>(context_.get_executor());
  for (ReadEvent& event : events) {
    const bool taken = publish(std::move(event), [round](std::optional<std::int64_t> offset) {
      round->published.in_log += offset ? 1 : 0;
      round->published.newest = std::max(round->published.newest, offset.value_or(-1));
      if (--round->open == 0) round->done.wake();
    });
    round->open += taken ? 1 : 0;
  }
  // Each ends within its time-out, so this ends.
  while (round->open > 0) co_await round->done.wait_until(Clock::time_point::max());
  co_return round->published;
}

void Confirmations::take(const std::vector<io::ConfirmedLog::Report>& reports) {
  for (const auto& report : reports) {
    settle(report.tag, report.in_log ? std::optional(report.offset) : std::nullopt);
  }
}

void Confirmations::settle(std::uint64_t tag, std::optional<std::int64_t> offset) {
  const auto found = waiting_.find(tag);
  if (found == waiting_.end()) return;  // it was given up before
  Waiting event = std::move(found->second);
  waiting_.erase(found);
  metrics_.event(event.type, offset ? "accepted" : "unconfirmed");
  const Clock::duration took = Clock::now() - event.sent;
  if (offset) metrics_.acknowledged(std::chrono::duration<double>(took).count());
  if (!event.traceparent.empty()) trace(std::move(event.traceparent), took, !offset);
  event.done(offset);
  wake_next();
}

void Confirmations::trace(std::string traceparent, Clock::duration took, bool failed) {
  const Micros now = wall_clock();
  std::vector<io::Span> spans;
  spans.push_back(
      {.traceparent = std::move(traceparent),
       .name = "publish event",
       .kind = io::SpanKind::producer,
       .from = now - std::chrono::duration_cast<std::chrono::microseconds>(took).count(),
       .to = now,
       .failed = failed});
  traces_.add(std::move(spans));
}

void Confirmations::give_up() {
  while (!waiting_.empty()) settle(waiting_.begin()->first, std::nullopt);
}

void Confirmations::wake_next() {
  if (line_->empty() || !has_room(1)) return;
  line_->front()->wake();
  line_->pop_front();
}

Confirmations::Place::Place(Confirmations& confirmations, Wakeup& wakeup)
    : line_(confirmations.line_), confirmations_(confirmations), wakeup_(&wakeup) {
  confirmations.line_->push_back(wakeup_);
}

Confirmations::Place::~Place() {
  const auto line = line_.lock();
  if (!line) return;
  line->remove(wakeup_);
  confirmations_.wake_next();
}

void Confirmations::sweep() {
  const auto now = Clock::now();
  while (!sent_.empty() &&
         (sent_.front().first <= now || !waiting_.contains(sent_.front().second))) {
    settle(sent_.front().second, std::nullopt);
    sent_.pop_front();
  }
  sweeper_.expires_after(kSweepEvery);
  sweeper_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) sweep();
  });
}

}  // namespace segue::gateway
