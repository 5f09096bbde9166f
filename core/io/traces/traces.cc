#include "core/io/traces/traces.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "core/event/traceparent.h"
#include "core/io/log.h"
#include "core/io/metrics/metrics.h"
#include "core/io/traces/collector.h"
#include "core/io/traces/otlp.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 512;
constexpr std::chrono::seconds kSendEvery{1};
constexpr std::chrono::seconds kAnswersWithin{5};
constexpr std::chrono::seconds kLastWithin{1};  // when the program ends

std::string instance_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + "/" + std::to_string(getpid());
}

}  // namespace

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
  Exporter(const TracesConfig& config, std::string_view program, std::string_view version,
           Metrics& metrics)
      : collector_(config),
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
    const auto status = collector_.post(otlp_request(resource_, spans, next_id_), within, why);
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

  CollectorClient collector_;  // the thread's
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
  exporter_ = std::make_unique<Exporter>(config, program, version, metrics);
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
