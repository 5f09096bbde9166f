#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/program.h"
#include "loadtest/load/answers.h"
#include "loadtest/load/stopwatch.h"
#include "loadtest/players/client.h"
#include "loadtest/players/commands.h"
#include "loadtest/players/event_text.h"

namespace segue {
namespace {

using Clock = Stopwatch::Clock;
constexpr std::chrono::seconds kAnswerWait{10};

std::string run_name() {
  return std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// All players, on one thread; another reads Kafka.
class Players {
 public:
  Players(const LoadConfig& load, const KafkaConfig& kafka, const std::string& run)
      : load_(load),
        warm_up_(static_cast<std::size_t>(load.rate / 2 * static_cast<double>(load.warm_up_s))),
        events_(warm_up_ +
                static_cast<std::size_t>(load.rate / 2 * static_cast<double>(load.for_s))),
        kafka_(kafka),
        pushed(run, events_, warm_up_),
        published(run, events_, warm_up_),
        direct(run + "-direct", events_, warm_up_) {}

  // Throws what a player threw.
  void run() {
    asio::co_spawn(context_, play(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context_.run();
  }
  // `run` returns soon. Any thread.
  void stop() { context_.stop(); }

  std::size_t events() const { return events_; }
  double cpu_s() const { return cpu_s_; }

 private:
  asio::awaitable<void> play() {
    co_await enter_all();
    const double cpu_before = cpu_seconds();
    co_await send_all();
    const auto until = Clock::now() + kAnswerWait;
    asio::steady_timer look(context_);
    while (awaited() > 0 && Clock::now() < until) {
      look.expires_after(std::chrono::milliseconds(20));
      co_await look.async_wait(asio::use_awaitable);
    }
    cpu_s_ = cpu_seconds() - cpu_before;
    context_.stop();
  }

  bool is_slow(std::size_t player) const {
    return player < static_cast<std::size_t>(load_.slow_readers);
  }

  asio::awaitable<void> enter_all() {
    const auto gateway = endpoint_of(load_.gateway);
    for (const std::string& token :
         read_tokens(load_.tokens, static_cast<std::size_t>(load_.connections))) {
      const auto& client = clients_.emplace_back(std::make_shared<Client>(context_));
      const bool slow = is_slow(clients_.size() - 1);
      if (slow) client->take_little(gateway);
      co_await client->enter(gateway, token);
      if (slow) continue;
      asio::co_spawn(context_, client->listen([this](std::string_view message) {
        const auto in_hand = Clock::now();
        pushed.answered(cause_in(message), in_hand);
      }),
                     asio::detached);
    }
  }

  std::int64_t awaited() const { return pushed.awaited() + published.awaited() + direct.awaited(); }

  // In turns one event through the gateway and one straight into Kafka, so that whatever else
  // happens on the machine falls on both.
  asio::awaitable<void> send_all() {
    const auto start = Clock::now();
    asio::steady_timer due(context_);
    const auto wait = [&](std::size_t turn) {
      due.expires_at(start +
                     std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(static_cast<double>(turn) / load_.rate)));
      return due.async_wait(asio::use_awaitable);
    };
    for (std::size_t n = 0; n < events_ && !io::Program::stopping(); ++n) {
      co_await wait(2 * n);
      send(n, due.expiry());
      co_await wait(2 * n + 1);
      send_direct(n, due.expiry());
    }
    kafka_.flush(kAnswerWait);
  }

  void send(std::size_t n, Clock::time_point due) {
    const std::size_t player = n % clients_.size();
    std::string message = R"({"event":)" + heard_text(pushed.id(n), n) + "}";
    pushed.sent(n, due, !is_slow(player));
    published.sent(n, due, !is_slow(player));
    clients_[player]->send(std::move(message));
  }

  void send_direct(std::size_t n, Clock::time_point due) {
    const std::string listener = "direct-" + std::to_string(n % clients_.size());
    EncodedEvent record = heard_record(direct.id(n), n, listener);
    const io::Publication publication{.topic = std::string(topic::kEvents),
                                      .partition = -1,
                                      .key = std::move(record.key),
                                      .value = std::move(record.value),
                                      .headers = std::move(record.headers)};
    direct.sent(n, due, true);
    kafka_.send(publication);
    kafka_.serve(std::chrono::milliseconds{0});
  }

  const LoadConfig& load_;
  const std::size_t warm_up_;
  const std::size_t events_;
  asio::io_context context_{1};
  std::vector<std::shared_ptr<Client>> clients_;
  double cpu_s_ = 0;
  io::KafkaStream kafka_;

 public:
  Stopwatch pushed;     // of events through the gateway: to the list on the socket
  Stopwatch published;  // of the same events: to the list in a Kafka reader's hand
  Stopwatch direct;     // of events straight into Kafka: to the list in that reader's hand
};

std::string json_of(const Measured& m) {
  std::ostringstream json;
  json << std::fixed << std::setprecision(3) << R"({"expected":)" << m.expected << R"(,"missing":)"
       << m.missing << R"(,"p50":)" << m.answer.p50 << R"(,"p90":)" << m.answer.p90 << R"(,"p99":)"
       << m.answer.p99 << R"(,"max":)" << m.answer.max << "}";
  return json.str();
}

// The players on a thread of their own while this one reads Kafka. Throws what either threw.
void run_both(Players& players, Answers& answers) {
  std::atomic<bool> over{false};
  std::exception_ptr failure;
  std::jthread thread([&] {
    try {
      players.run();
    } catch (...) {
      failure = std::current_exception();
    }
    over = true;
  });
  try {
    answers.read(
        [&](std::string_view cause, Clock::time_point in_hand) {
          players.published.answered(cause, in_hand);
          players.direct.answered(cause, in_hand);
        },
        [&] { return over || io::Program::stopping(); });
  } catch (...) {
    players.stop();
    throw;
  }
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int push(const Config& config) {
  Players players(config.load, config.kafka, run_name());
  Answers answers(config.kafka, std::string(topic::kRecommendations));
  run_both(players, answers);
  const Percentiles pushed = players.pushed.measured().answer;
  const Percentiles direct = players.direct.measured().answer;
  std::cout << std::fixed << std::setprecision(3) << R"({"rate":)" << config.load.rate
            << R"(,"players":)" << config.load.connections << R"(,"slow_readers":)"
            << config.load.slow_readers << R"(,"event_to_push_ms":)"
            << json_of(players.pushed.measured()) << R"(,"its_list_in_kafka_ms":)"
            << json_of(players.published.measured()) << R"(,"event_to_recommendation_ms":)"
            << json_of(players.direct.measured()) << R"(,"p50_ratio":)" << pushed.p50 / direct.p50
            << R"(,"p99_ratio":)" << pushed.p99 / direct.p99 << R"(,"late_p99_ms":)"
            << players.pushed.measured().late.p99 << R"(,"client_cpu_us_per_event":)"
            << 1e6 * players.cpu_s() / static_cast<double>(2 * players.events()) << "}"
            << std::endl;
  return io::Program::stopping() ? 130 : 0;
}

}  // namespace segue
