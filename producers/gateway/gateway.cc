#include "producers/gateway/gateway.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "core/event/topics.h"
#include "core/io/listen_address.h"
#include "core/io/log.h"
#include "core/io/settings/settings.h"
#include "producers/gateway/connection.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/log/tail_thread.h"
#include "producers/gateway/push/first_list.h"
#include "producers/gateway/push/progress.h"
#include "producers/gateway/services.h"

namespace segue::gateway {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds kLookEvery{100};
// After a failure: how long connections have until they are gone.
constexpr std::chrono::seconds kLeaveWithin{5};
// Bytes of an answer that the system holds while its reader does not take it; past it the outbox
// waits.
constexpr int kSendBytes = 128 * 1024;

// The address as limits know it: for IPv6 its network of 64 bits, for anybody has all of one.
std::string name_of(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  }
  if (v6.is_loopback()) return v6.to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string() + "/64";
}

std::optional<asio::ssl::context> tls_of(const GatewayConfig& config) {
  if (config.tls_certificate.empty() && config.tls_key.empty()) return std::nullopt;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  boost::system::error_code wrong;
  const auto must = [&](const char* setting, const std::string& file) {
    if (!wrong) return;
    throw io::SettingsError(std::string(setting) + ": \"" + file + "\": " + wrong.message());
  };
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.use_certificate_chain_file(config.tls_certificate, wrong);
  must("gateway.tls_certificate", config.tls_certificate);
  tls.use_private_key_file(config.tls_key, asio::ssl::context::pem, wrong);
  must("gateway.tls_key", config.tls_key);
  // An idle connection gives its buffers back.
  SSL_CTX_set_mode(tls.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return tls;
}

// The parts of a running gateway, in the order in which they need each other.
class Gateway {
 public:
  Gateway(io::Program& program, const Confirmations::OpenLog& open_log)
      : program_(program),
        tls_(tls_of(program.config().gateway)),
        services_(context_, program.config(), program.metrics(), program.traces(), open_log),
        slot_frees_(context_.get_executor()),
        catalogue_(context_, program.config().kafka, topic::kCatalog, TailThread::From::start,
                   program.health(), "catalogue",
                   [this](const Record& record) { services_.catalogue.take(record); }),
        lists_(context_, program.config().kafka, topic::kRecommendations, TailThread::From::recent,
               program.health(), "recommendations",
               [this](const Record& record) { deliver(record); }),
        jobs_(context_, program.config().kafka, topic::kGenerationJobs, TailThread::From::start,
              program.health(), "composed tracks",
              [this](const Record& record) { services_.jobs.take_job(record); }),
        progress_(context_, program.config().kafka, topic::kGenerationResults,
                  TailThread::From::start, program.health(), "composing",
                  [this](const Record& record) { tell_progress(record); }),
        decisions_(context_, program.config().kafka, topic::kGenerationDecisions,
                   TailThread::From::recent, program.health(), "decisions to compose",
                   [this](const Record& record) { services_.listed.take(record); }),
        acceptor_(context_),
        look_(context_) {
    services_.connections.on_left([this] { slot_frees_.wake(); });
    servers_ = std::thread([this] { watch_servers(); });
  }

  ~Gateway() {
    ending_ = true;
    servers_.join();
  }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  int run() {
    const std::uint16_t port =
        io::listen_on(acceptor_, program_.config().gateway.listen, "gateway.listen");
    program_.health().set("players", true, "on port " + std::to_string(port));
    io::log::info("Serving players.", {{"port", std::int64_t{port}}, {"tls", tls_.has_value()}});
    warn();
    read_keys();
    asio::co_spawn(context_, accept_all(), kRethrow);
    look();
    if (const auto failure = failure_of([this] { context_.run(); })) {
      let_all_leave();
      std::rethrow_exception(failure);
    }
    return 0;
  }

 private:
  template <class Run>
  static std::exception_ptr failure_of(Run run) {
    try {
      run();
      return nullptr;
    } catch (const std::exception&) {
      return std::current_exception();
    }
  }

  // Connections use the services to their very end, so they end before those do, whatever failed.
  void let_all_leave() {
    if (!drained_by_) begin_drain();
    services_.connections.cut();
    const auto until = std::chrono::steady_clock::now() + kLeaveWithin;
    while (services_.connections.open() > 0 && std::chrono::steady_clock::now() < until) {
      services_.confirmations.give_up();  // a request that waits for one would outlast us
      // Further failures meanwhile are of the same kind, and have been logged.
      failure_of([&] { context_.run_one_until(until); });
    }
  }

  void warn() {
    if (program_.config().gateway.dev) {
      io::log::warn("--dev: anybody on this machine gets a token for any name.", {});
    } else if (program_.config().gateway.token_issuer.empty()) {
      io::log::warn(
          "gateway.token_issuer is empty: a token counts from any issuer, if the key and aud "
          "fit.",
          {});
    }
    if (services_.audio.served() && program_.config().gateway.audio_key.empty()) {
      io::log::info(
          "gateway.audio_key is empty: addresses of composed music are good at this gateway alone, "
          "until it stops.",
          {});
    }
    if (!tls_ && !acceptor_.local_endpoint().address().is_loopback()) {
      io::log::warn(
          "Other machines are listened to and there is no TLS: tokens travel in the clear, unless "
          "what stands before this gateway encrypts them.",
          {});
    }
  }

  // On a thread of its own: each question may wait for seconds.
  void watch_servers() {
    try {
      const Config& config = program_.config();
      program_.servers().watch(config.kafka, config.redis, ending_);
    } catch (const std::exception&) {
      watch_failure_ = std::current_exception();
      watch_failed_ = true;
    }
  }

  void read_keys() {
    if (!services_.key_source) return;
    program_.health().set("token keys", false, "not read yet");
    asio::co_spawn(context_,
                   services_.key_source->run([this](bool ready, const std::string& detail) {
                     program_.health().set("token keys", ready, detail);
                   }),
                   kRethrow);
  }

  void deliver(const Record& record) {
    const auto pushed = services_.delivery.take(record);
    for (std::size_t i = 0; i < pushed.replaced; ++i) services_.metrics.push("replaced");
    const bool erased = record.key && !record.value;
    if (!erased) return;
    services_.jobs.erase(*record.key, record.timestamp);
    services_.listed.erase(*record.key, record.timestamp);
    services_.lists_made.forget(*record.key);  // the list that was made is gone
    if (!services_.delivery.awaited(*record.key)) return;
    asio::co_spawn(context_, show_newcomers_meanwhile(services_, *record.key), kRethrow);
  }

  void tell_progress(const Record& record) {
    player::ResultPtr news = services_.jobs.take_result(record);
    if (!news || !services_.delivery.awaited(news->user_id)) return;
    asio::co_spawn(context_, gateway::tell_progress(services_, std::move(news)), kRethrow);
  }

  // Players are accepted once recent records have been read, which would reach them as news.
  asio::awaitable<void> accept_all() {
    while (!lists_.ready()) co_await pause();
    while (acceptor_.is_open()) {
      // A connection that waits is served when a place is given back.
      if (services_.connections.full()) {
        co_await slot_frees_.wait_until(std::chrono::steady_clock::time_point::max());
        continue;
      }
      auto [wrong, socket] = co_await acceptor_.async_accept(kAsTuple);
      if (!wrong) {
        welcome(std::move(socket));
        continue;
      }
      if (!acceptor_.is_open()) co_return;
      // Without a free descriptor an immediate retry would spin.
      co_await pause();
    }
  }

  asio::awaitable<void> pause() {
    asio::steady_timer timer(context_, kLookEvery);
    co_await timer.async_wait(kAsTuple);
  }

  void welcome(tcp::socket socket) {
    boost::system::error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;
    auto slot = std::make_shared<Connections::Slot>(services_.connections, name_of(peer.address()));
    if (slot->one_too_many()) return;
    socket.set_option(tcp::no_delay(true), gone);
    socket.set_option(asio::socket_base::send_buffer_size(kSendBytes), gone);
    if (tls_) {
      asio::co_spawn(context_,
                     serve(TlsStream(std::move(socket), *tls_), services_, std::move(slot)),
                     kRethrow);
    } else {
      asio::co_spawn(context_, serve(PlainStream(std::move(socket)), services_, std::move(slot)),
                     kRethrow);
    }
  }

  // Sees to what has no event of its own: a signal, and threads that have failed.
  void look() {
    if (watch_failed_) std::rethrow_exception(watch_failure_);
    services_.confirmations.check();
    catalogue_.check();
    lists_.check();
    jobs_.check();
    progress_.check();
    decisions_.check();
    if (io::Program::stopping() && !drained_by_) begin_drain();
    // Connections use the services to their very end, so those stay until the last has left.
    if (drained_by_ && services_.connections.open() == 0) return context_.stop();
    if (drained_by_ && std::chrono::steady_clock::now() > *drained_by_) services_.connections.cut();
    look_.expires_after(kLookEvery);
    look_.async_wait([this](boost::system::error_code) { look(); });
  }

  void begin_drain() {
    drained_by_ =
        std::chrono::steady_clock::now() + std::chrono::seconds(program_.config().gateway.drain_s);
    acceptor_.close();
    services_.connections.drain();
  }

  io::Program& program_;
  asio::io_context context_{1};
  std::optional<asio::ssl::context> tls_;
  Services services_;
  Wakeup slot_frees_;
  TailThread catalogue_;
  TailThread lists_;
  TailThread jobs_;
  TailThread progress_;
  TailThread decisions_;
  tcp::acceptor acceptor_;
  asio::steady_timer look_;
  std::optional<std::chrono::steady_clock::time_point> drained_by_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> watch_failed_{false};
  std::exception_ptr watch_failure_;  // set before watch_failed_
  std::thread servers_;               // last: it uses the rest
};

}  // namespace

int serve_players(io::Program& program, const Confirmations::OpenLog& open_log) {
  program.health().set("players", false, "are not served yet");
  program.health().set("redis", false, "was not asked yet", "no_store");
  program.health().set("kafka", false, "was not asked yet", "no_log");
  return Gateway(program, open_log).run();
}

int serve_players(io::Program& program) {
  return serve_players(program, [&](asio::io_context&, io::ConfirmedLog::OnReports on_reports) {
    // After an event's own time-out librdkafka need not go on trying.
    KafkaConfig kafka = program.config().kafka;
    kafka.publish_timeout_ms = program.config().gateway.confirm_within_ms;
    return std::make_unique<io::KafkaConfirmed>(kafka, topic::kEvents, std::move(on_reports));
  });
}

io::ProgramInfo gateway_info(std::string_view name) {
  return {
      .name = name,
      .summary = "Takes players' events into Kafka and brings them their lists, over HTTP.",
      .sections = {"kafka", "redis", "gateway", "store", "metrics", "traces", "log"},
      .own_section = "gateway",
      .examples = {"segue-gateway --dev                     on a developer's machine",
                   "SEGUE_GATEWAY_TOKEN_KEY_FILE=jwt.pem SEGUE_GATEWAY_PSEUDONYM_KEY_FILE=key \\",
                   "segue-gateway --listen 0.0.0.0:8443 --tls-certificate c.pem --tls-key k.pem"},
      .commands = {},
      .is_service = true};
}

}  // namespace segue::gateway
