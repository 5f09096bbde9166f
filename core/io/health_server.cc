#include "core/io/health_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

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

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Response = http::response<http::string_body>;

// A new connection finds a place: the idlest is closed for it, one of its own address if that
// has its share, else of the address that has the most.
constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kConnectionsOfAddressMax = 32;
constexpr std::uint32_t kHeaderBytesMax = 8 * 1024;
constexpr std::chrono::seconds kIdleMax{15};  // also for a request that trickles in

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

struct Pages {
  const Health& health;
  std::function<std::string(bool)> metrics_text;
  std::string version_json;
};

Response page(http::status status, std::string_view type, std::string body) {
  Response response{status, 11};
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

// Not ready as soon as the program is asked to stop, so that nothing new is sent its way.
Response readiness(const Health& health, bool verbose) {
  const bool stopping = Program::stopping();
  const bool ready = health.ready() && !stopping;
  const std::string codes = health.codes();
  std::string body = ready ? "ready\n" : "not ready" + (codes.empty() ? "" : ": " + codes) + "\n";
  if (verbose) body = (stopping ? "wait program stopping\n" : "") + health.verbose() + body;
  return page(ready ? http::status::ok : http::status::service_unavailable, kPlain,
              std::move(body));
}

Response metrics(const Pages& pages, std::string_view accepted) {
  const bool open = accepted.find("application/openmetrics-text") != std::string_view::npos;
  return page(http::status::ok, open ? kOpenMetrics : kExposition, pages.metrics_text(open));
}

Response answer(const Pages& pages, http::verb method, std::string_view target,
                std::string_view accepted) {
  if (method != http::verb::get && method != http::verb::head) {
    Response response = page(http::status::method_not_allowed, kPlain, "only GET and HEAD\n");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const auto question = target.find('?');
  const std::string_view path = target.substr(0, question);
  const std::string_view query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  if (path == "/livez") return page(http::status::ok, kPlain, "ok\n");
  if (path == "/readyz") return readiness(pages.health, query.starts_with("verbose"));
  if (path == "/metrics") return metrics(pages, accepted);
  if (path == "/version") {
    return page(http::status::ok, "application/json", pages.version_json + "\n");
  }
  return page(http::status::not_found, kPlain,
              "there is /metrics, /livez, /readyz, /readyz?verbose and /version\n");
}

std::optional<Response> refusal(const beast::error_code& problem) {
  if (problem == http::error::header_limit || problem == http::error::buffer_overflow) {
    return page(http::status::request_header_fields_too_large, kPlain, "headers over 8 KiB\n");
  }
  if (problem == http::error::body_limit) {
    return page(http::status::payload_too_large, kPlain, "no body is read here\n");
  }
  if (problem == http::error::end_of_stream || problem == http::error::partial_message) return {};
  if (problem.category() != http::make_error_code(http::error::bad_method).category()) return {};
  return page(http::status::bad_request, kPlain, "this is not HTTP/1.1\n");
}

class Connection;

// The open connections, the idlest first.
using Open = std::list<Connection*>;

// One client. Lives as long as a read or write of it is under way; the server's thread only.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, asio::ip::address from, const Pages& pages, Open& open)
      : address(std::move(from)), stream_(std::move(socket)), pages_(pages), open_(open) {
    place_ = open_.insert(open_.end(), this);
  }
  ~Connection() { open_.erase(place_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const asio::ip::address address;

  // What is under way fails soon, and with it this ends; until then it is nobody's choice again.
  void close() {
    open_.splice(open_.end(), open_, place_);
    stream_.close();
  }
  bool is_closed() const { return !stream_.socket().is_open(); }

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(0);
    stream_.expires_after(kIdleMax);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code problem, std::size_t) {
                       self->respond(problem);
                     });
  }

 private:
  void respond(const beast::error_code& problem) {
    if (problem) {
      auto refused = refusal(problem);
      if (refused) write(std::move(*refused), false, false);
      return;
    }
    open_.splice(open_.end(), open_, place_);
    const auto& request = parser_->get();
    const auto target = request.target();
    const bool head = request.method() == http::verb::head;
    const auto accepted = request[http::field::accept];
    write(answer(pages_, request.method(), {target.data(), target.size()},
                 {accepted.data(), accepted.size()}),
          request.keep_alive(), head);
  }

  void write(Response response, bool keep_alive, bool head) {
    response.keep_alive(keep_alive);
    response.prepare_payload();
    if (head) {
      // The length of what GET would have brought stays in the header.
      const auto length = response[http::field::content_length];
      const std::string kept(length.data(), length.size());
      response.body().clear();
      response.set(http::field::content_length, kept);
    }
    response_ = std::move(response);
    stream_.expires_after(kIdleMax);
    http::async_write(
        stream_, response_,
        [self = shared_from_this(), keep_alive](beast::error_code problem, std::size_t) {
          self->after_write(problem, keep_alive);
        });
  }

  void after_write(const beast::error_code& problem, bool keep_alive) {
    if (problem) return;
    if (keep_alive) return read();
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{2 * kHeaderBytesMax};
  const Pages& pages_;
  Open& open_;
  Open::iterator place_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
};

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
        std::make_shared<Connection>(std::move(socket), from, pages, open)->read();
      }
      accept();
    });
  }

  void make_room(const asio::ip::address& comer) {
    std::map<asio::ip::address, std::size_t> of_address;
    std::size_t all = 0;
    for (const Connection* connection : open) {
      if (connection->is_closed()) continue;
      ++of_address[connection->address];
      ++all;
    }
    const auto close_idlest = [this](const auto& chosen) {
      const auto idlest = std::ranges::find_if(open, [&](const Connection* connection) {
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
