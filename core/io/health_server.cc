#include "core/io/health_server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "core/io/http/exchange.h"
#include "core/io/listen_address.h"
#include "core/io/program.h"

namespace segue::io {

void Health::set(const std::string& part, bool ready, std::string detail, std::string code) {
  const std::lock_guard lock(mutex_);
  parts_[part] = {ready, std::move(detail), std::move(code)};
}

bool Health::ready() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, part] : parts_) {
    if (!part.ready) return false;
  }
  return !parts_.empty();
}

std::string Health::verbose() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, part] : parts_) {
    text += part.ready ? "ok " : "wait ";
    text += name;
    if (!part.ready && !part.code.empty()) text += " " + part.code + ":";
    if (!part.detail.empty()) text += " " + part.detail;
    text += "\n";
  }
  return text;
}

std::string Health::codes() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, part] : parts_) {
    if (part.ready || part.code.empty()) continue;
    text += (text.empty() ? "" : ", ") + part.code;
  }
  return text;
}

namespace {

using asio::ip::tcp;

// A new connection finds a place: the idlest is closed for it, one of its own address if that
// has its share, else of the address that has the most.
constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kConnectionsOfAddressMax = 32;
constexpr HttpLimits kLimits{.header_bytes = 8 * 1024,
                             .body_bytes = 0,  // no page reads one
                             .idle = std::chrono::seconds(15),
                             .within = std::chrono::seconds(15)};

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

struct Pages {
  const Health& health;
  std::function<std::string(bool)> metrics_text;
  std::string version_json;
};

HttpResponse page(http::status status, std::string_view type, std::string body) {
  HttpResponse response{status, kHttp11};
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

// Not ready as soon as the program is asked to stop, so that nothing new is sent its way.
HttpResponse readiness(const Health& health, bool verbose) {
  const bool stopping = Program::stopping();
  const bool ready = health.ready() && !stopping;
  const std::string codes = health.codes();
  std::string body = ready ? "ready\n" : "not ready" + (codes.empty() ? "" : ": " + codes) + "\n";
  if (verbose) body = (stopping ? "wait program stopping\n" : "") + health.verbose() + body;
  return page(ready ? http::status::ok : http::status::service_unavailable, kPlain,
              std::move(body));
}

HttpResponse metrics(const Pages& pages, std::string_view accepted) {
  const bool open = accepted.find("application/openmetrics-text") != std::string_view::npos;
  return page(http::status::ok, open ? kOpenMetrics : kExposition, pages.metrics_text(open));
}

HttpResponse answer(const Pages& pages, const HttpRequest& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    HttpResponse response = page(http::status::method_not_allowed, kPlain, "only GET and HEAD\n");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const Target target = target_of(request);
  if (target.path == "/livez") return page(http::status::ok, kPlain, "ok\n");
  if (target.path == "/readyz") return readiness(pages.health, target.query.starts_with("verbose"));
  if (target.path == "/metrics") return metrics(pages, field(request, http::field::accept));
  if (target.path == "/version") {
    return page(http::status::ok, "application/json", pages.version_json + "\n");
  }
  return page(http::status::not_found, kPlain,
              "there is /metrics, /livez, /readyz, /readyz?verbose and /version\n");
}

class Connection;

// The open connections, the idlest first.
using Open = std::list<Connection*>;

// One client; the server's thread only.
class Connection {
 public:
  Connection(tcp::socket socket, asio::ip::address from, const Pages& pages, Open& open)
      : address(std::move(from)),
        exchange_(beast::tcp_stream(std::move(socket)), kLimits),
        pages_(pages),
        open_(open) {
    place_ = open_.insert(open_.end(), this);
  }
  ~Connection() { open_.erase(place_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const asio::ip::address address;

  // The operation under way fails soon, and with it this ends; until then it is not chosen again.
  void close() {
    open_.splice(open_.end(), open_, place_);
    exchange_.socket().close();
  }
  bool is_closed() { return !exchange_.socket().socket().is_open(); }

  asio::awaitable<void> run() {
    // GCC 12 goes astray where a loop's condition alone awaits.
    for (bool more = true; more;) {
      more = co_await exchange_.wait_for_request();
      if (more) more = co_await answer_one();
    }
  }

 private:
  // False: the connection is at its end.
  asio::awaitable<bool> answer_one() {
    const beast::error_code wrong = co_await exchange_.read_head();
    std::optional<Refusal> refusal = wrong ? exchange_.refusal_of(wrong) : exchange_.check_head();
    if (refusal) {
      HttpResponse refused = page(refusal->status, kPlain, refusal->detail + "\n");
      if (co_await exchange_.write(std::move(refused), false)) {
        co_await exchange_.discard_leftovers();
      }
      co_return false;
    }
    if (wrong) co_return false;
    open_.splice(open_.end(), open_, place_);
    const bool more = exchange_.may_go_on();
    const bool whole = exchange_.was_read();
    const bool written = co_await exchange_.write(answer(pages_, exchange_.request()), more);
    if (written && !whole) co_await exchange_.discard_leftovers();
    co_return written&& more;
  }

  HttpExchange<beast::tcp_stream> exchange_;
  const Pages& pages_;
  Open& open_;
  Open::iterator place_;
};

asio::awaitable<void> serve(tcp::socket socket, asio::ip::address from, const Pages& pages,
                            Open& open) {
  Connection connection(std::move(socket), std::move(from), pages, open);
  co_await connection.run();
}

}  // namespace

struct HealthServer::Server {
  Server(const std::string& listen, Pages what) : pages(std::move(what)) {
    port = listen_on(acceptor, listen, "metrics.listen");
    accept();
    thread = std::thread([this] { context.run(); });
  }

  ~Server() {
    context.stop();
    thread.join();
    // Connections still open are dropped with the context.
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void accept() {
    acceptor.async_accept([this](beast::error_code problem, tcp::socket socket) {
      if (problem) return accept_later();
      beast::error_code gone;
      const auto from = socket.remote_endpoint(gone).address();
      if (!gone) {
        make_room(from);
        asio::co_spawn(context, serve(std::move(socket), from, pages, open), kRethrow);
      }
      accept();
    });
  }

  void make_room(const asio::ip::address& comer) {
    std::map<asio::ip::address, std::size_t> of_address;
    std::size_t all = 0;
    for (Connection* connection : open) {
      if (connection->is_closed()) continue;
      ++of_address[connection->address];
      ++all;
    }
    const auto close_idlest = [this](const auto& chosen) {
      const auto idlest = std::ranges::find_if(open, [&](Connection* connection) {
        return !connection->is_closed() && chosen(connection->address);
      });
      if (idlest != open.end()) (*idlest)->close();
    };
    if (of_address[comer] >= kConnectionsOfAddressMax) {
      return close_idlest([&](const auto& address) { return address == comer; });
    }
    if (all < kConnectionsMax) return;
    std::size_t most = 0;
    for (const auto& [address, connections] : of_address) most = std::max(most, connections);
    close_idlest([&](const auto& address) { return of_address[address] == most; });
  }

  // Without a free descriptor an immediate retry would spin.
  void accept_later() {
    retry.expires_after(std::chrono::milliseconds(100));
    retry.async_wait([this](beast::error_code) { accept(); });
  }

  Pages pages;
  std::uint16_t port = 0;
  Open open;  // before the context, with which the connections go
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer retry{context};
  std::thread thread;
};

HealthServer::HealthServer(const std::string& listen, const Health& health,
                           std::function<std::string(bool)> metrics_text, std::string version_json)
    : server_(std::make_unique<Server>(
          listen, Pages{health, std::move(metrics_text), std::move(version_json)})) {}

HealthServer::~HealthServer() = default;

std::uint16_t HealthServer::port() const { return server_->port; }

}  // namespace segue::io
