#include "core/io/traces/traces.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "core/event/traceparent.h"
#include "core/io/log.h"
#include "core/io/metrics/metrics.h"
#include "core/io/settings/settings.h"
#include "core/io/traces/otlp.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 512;
constexpr std::chrono::seconds kSendEvery{1};
constexpr std::chrono::seconds kAnswersWithin{5};
constexpr std::chrono::seconds kLastWithin{1};  // when the program ends
constexpr std::size_t kAnswerBytesMax = 64 * 1'024;

std::string instance_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + "/" + std::to_string(getpid());
}

// One POST on a connection of its own: a collector behind a name may have moved. Returns the
// status.
asio::awaitable<unsigned> exchange(Collector collector, std::string body, Clock::duration within) {
  const auto executor = co_await asio::this_coro::executor;
  http::request<http::string_body> request{http::verb::post, collector.path, 11};
  const bool v6 = collector.host.find(':') != std::string::npos;
  request.set(http::field::host,
              (v6 ? '[' + collector.host + ']' : collector.host) + ':' + collector.port);
  request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = std::move(body);
  request.prepare_payload();
  tcp::resolver resolver(executor);
  const auto found =
      co_await resolver.async_resolve(collector.host, collector.port, asio::use_awaitable);
  beast::tcp_stream stream(executor);
  stream.expires_after(within);
  co_await stream.async_connect(found, asio::use_awaitable);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(kAnswerBytesMax);
  co_await http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return answer.get().result_int();
}

// The answer's status; nothing, and `why`, where there was none in time.
std::optional<unsigned> post(const Collector& collector, std::string body, Clock::duration within,
                             std::string& why) {
  asio::io_context context{1};
  std::optional<unsigned> status;
  why = "no answer in time";
  asio::co_spawn(context, exchange(collector, std::move(body), within),
                 [&](const std::exception_ptr& failed, unsigned answered) {
                   try {
                     if (failed) std::rethrow_exception(failed);
                     status = answered;
                     why = "HTTP " + std::to_string(answered);
                   } catch (const boost::system::system_error& problem) {
                     why = problem.code().message();
                   }
                 });
  context.run_for(within);
  return status;
}

}  // namespace

Collector collector_of(const std::string& endpoint) {
  constexpr std::string_view kScheme = "http://";
  const auto refuse = [&] {
    return SettingsError(
        "traces.endpoint must be http://HOST:PORT/PATH, as "
        "http://127.0.0.1:4318/v1/traces, without a user");
  };
  if (!endpoint.starts_with(kScheme)) throw refuse();
  const std::string rest = endpoint.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string address = rest.substr(0, slash);
  const std::size_t bracket = address.rfind(']');
  const std::size_t colon = address.find(':', bracket == std::string::npos ? 0 : bracket);
  Collector collector;
  collector.host = address.substr(0, colon);
  if (collector.host.starts_with('[') && collector.host.ends_with(']')) {
    collector.host = collector.host.substr(1, collector.host.size() - 2);
  }
  if (colon != std::string::npos) collector.port = address.substr(colon + 1);
  if (slash + 1 < rest.size()) collector.path = rest.substr(slash);
  const bool digits = collector.port.find_first_not_of("0123456789") == std::string::npos;
  const bool text = endpoint.find_first_of(" \t\r\n@") == std::string::npos;
  if (collector.host.empty() || collector.port.empty() || !digits || !text) throw refuse();
  return collector;
}

bool is_exported(std::string_view traceparent, double share) {
  constexpr std::size_t kRandomAt = 27;  // the last digits of the trace, which W3C wants random
  constexpr std::size_t kRandomDigits = 8;
  constexpr std::string_view kOdd = "13579bdf";  // the lowest bit of the flags
  const bool sampled = kOdd.find(traceparent.back()) != std::string_view::npos;
  const std::string digits(traceparent.substr(kRandomAt, kRandomDigits));
  const double place = static_cast<double>(std::stoul(digits, nullptr, 16)) / 4'294'967'296.0;
  return sampled && place < share;
}

// Holds what waits, and sends it once a second or as soon as a request is full.
class Traces::Exporter {
 public:
  Exporter(Collector collector, std::string_view program, std::string_view version,
           Metrics& metrics)
      : collector_(std::move(collector)),
        metrics_(metrics),
        resource_{.program = std::string(program),
                  .version = std::string(version),
                  .instance = instance_name()},
        next_id_((std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()),
        thread_([this] { run(); }) {}

  ~Exporter() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    woken_.notify_all();
    thread_.join();
  }
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  void add(std::vector<Span> spans) {
    std::size_t taken = 0;
    bool full = false;
    {
      const std::lock_guard lock(mutex_);
      taken = std::min(spans.size(), kWaitingMax - waiting_.size());
      std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(taken),
                std::back_inserter(waiting_));
      full = waiting_.size() >= kAtOnce;
    }
    if (taken < spans.size()) metrics_.spans("dropped", spans.size() - taken);
    if (full) woken_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      woken_.wait_for(lock, kSendEvery, [this] { return stop_ || (!away_ && is_full()); });
      while (!stop_ && !waiting_.empty() && send(lock, kAnswersWithin) && is_full()) continue;
    }
    const auto until = Clock::now() + kLastWithin;
    while (!waiting_.empty() && Clock::now() < until && send(lock, until - Clock::now())) continue;
    if (!waiting_.empty()) metrics_.spans("dropped", waiting_.size());
  }

  bool is_full() const { return waiting_.size() >= kAtOnce; }

  // Sends the first that wait. False: the collector did not take them, and they wait on. What it
  // refuses for good is dropped. `lock` is open meanwhile: nothing waits for the collector.
  bool send(std::unique_lock<std::mutex>& lock, Clock::duration within) {
    const auto end =
        waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kAtOnce));
    const std::vector<Span> spans(waiting_.begin(), end);
    lock.unlock();
    std::string why;
    const auto status = post(collector_, otlp_request(resource_, spans, next_id_), within, why);
    const bool later = !status || *status == 429 || *status >= 500;
    const bool taken = !later && *status < 300;
    if (!later) {
      next_id_ += spans.size();
      metrics_.spans(taken ? "sent" : "refused", spans.size());
    }
    note(taken, why);
    lock.lock();
    if (later) return false;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(spans.size()));
    return true;
  }

  // A line when the collector goes and when it is back, not one a second.
  void note(bool taken, const std::string& why) {
    if (taken == !away_) return;
    away_ = !taken;
    const auto now = Clock::now();
    if (away_) {
      since_ = now;
      log::warn(
          "The collector does not take spans; they wait, unless it refuses them for good or "
          "too many do, which are dropped.",
          {{"error", why}});
    } else {
      log::info("The collector takes spans again.",
                {{"away_s", std::chrono::duration<double>(now - since_).count()}});
    }
  }

  const Collector collector_;
  Metrics& metrics_;
  const Resource resource_;
  std::uint64_t next_id_;  // the thread's
  std::atomic<bool> away_ = false;
  Clock::time_point since_;  // the thread's
  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<Span> waiting_;  // under mutex_
  bool stop_ = false;         // under mutex_
  std::thread thread_;
};

Traces::Traces(const TracesConfig& config, std::string_view program, std::string_view version,
               Metrics& metrics)
    : share_(config.share) {
  if (config.endpoint.empty()) return;
  exporter_ = std::make_unique<Exporter>(collector_of(config.endpoint), program, version, metrics);
}

Traces::~Traces() = default;

bool Traces::wants(std::string_view traceparent) const {
  return exporter_ && is_traceparent(traceparent) && is_exported(traceparent, share_);
}

void Traces::add(std::vector<Span> spans) {
  if (!exporter_) return;
  std::erase_if(spans, [this](const Span& span) { return !wants(span.traceparent); });
  if (!spans.empty()) exporter_->add(std::move(spans));
}

}  // namespace segue::io
