#include "core/io/traces/collector.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <exception>
#include <fstream>
#include <string_view>

#include "core/io/https_address.h"
#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Request = http::request<http::string_body>;

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::size_t kAnswerBytesMax = 64 * 1'024;

bool is_v6(const std::string& host) { return host.find(':') != std::string::npos; }

Request request_to(const Collector& collector, const std::string& body) {
  Request request{http::verb::post, collector.path, 11};
  const std::string host = is_v6(collector.host) ? '[' + collector.host + ']' : collector.host;
  request.set(http::field::host, host + ':' + collector.port);
  request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = body;
  request.prepare_payload();
  return request;
}

asio::awaitable<void> connect(beast::tcp_stream& stream, const Collector& collector,
                              Clock::duration within) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto found =
      co_await resolver.async_resolve(collector.host, collector.port, asio::use_awaitable);
  stream.expires_after(within);
  co_await stream.async_connect(found, asio::use_awaitable);
}

template <class Stream>
asio::awaitable<unsigned> exchange(Stream& stream, const Request& request) {
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(kAnswerBytesMax);
  co_await http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return answer.get().result_int();
}

// Plain where `tls` is null. Returns the status.
asio::awaitable<unsigned> ask(const Collector& collector, const Request& request,
                              asio::ssl::context* tls, Clock::duration within) {
  const auto executor = co_await asio::this_coro::executor;
  if (tls == nullptr) {
    beast::tcp_stream stream(executor);
    co_await connect(stream, collector, within);
    co_return co_await exchange(stream, request);
  }
  beast::ssl_stream<beast::tcp_stream> stream(executor, *tls);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(collector.host));
  co_await connect(beast::get_lowest_layer(stream), collector, within);
  beast::error_code is_name;
  asio::ip::make_address(collector.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), collector.host.c_str());
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await exchange(stream, request);
}

// With the remedy where a person has to act.
std::string reason_of(const boost::system::error_code& error, const std::string& host) {
  const std::string said = error.message();
  if (said.find("certificate verify failed") != std::string::npos) {
    return said + ": its certificate must be valid, name " + host +
           " and come from an authority of traces.ca";
  }
  if (said.find("wrong version number") != std::string::npos) {
    return said + ": it speaks no TLS; set traces.endpoint to http://";
  }
  return said;
}

}  // namespace

Collector collector_of(const std::string& endpoint) {
  const auto refuse = [&] {
    return SettingsError(
        "traces.endpoint must be http://HOST:PORT/PATH or https://HOST:PORT/PATH, as "
        "http://127.0.0.1:4318/v1/traces, without a user");
  };
  Collector collector;
  collector.tls = endpoint.starts_with(kHttps);
  if (!collector.tls && !endpoint.starts_with(kHttp)) throw refuse();
  const std::string rest = endpoint.substr((collector.tls ? kHttps : kHttp).size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string address = rest.substr(0, slash);
  const std::size_t bracket = address.rfind(']');
  const std::size_t colon = address.find(':', bracket == std::string::npos ? 0 : bracket);
  collector.host = address.substr(0, colon);
  if (collector.host.starts_with('[') && collector.host.ends_with(']')) {
    collector.host = collector.host.substr(1, collector.host.size() - 2);
  }
  if (colon != std::string::npos) collector.port = address.substr(colon + 1);
  if (slash + 1 < rest.size()) collector.path = rest.substr(slash);
  const auto plain = [](char c) {
    return c > ' ' && c < '\x7f' && c != '#' && c != '"' && c != '@';
  };
  if (collector.host.empty() || !is_port(collector.port) || !std::ranges::all_of(endpoint, plain)) {
    throw refuse();
  }
  return collector;
}

void check_traces(const TracesConfig& config) {
  if (config.endpoint.empty()) {
    if (!config.ca.empty()) throw SettingsError("traces.ca is given without traces.endpoint");
    return;
  }
  const Collector collector = collector_of(config.endpoint);
  if (config.ca.empty()) return;
  if (!collector.tls) {
    throw SettingsError("traces.ca is given, but traces.endpoint is http://; set it to https://");
  }
  boost::system::error_code wrong;
  asio::ssl::context(asio::ssl::context::tls_client).load_verify_file(config.ca, wrong);
  if (!wrong) return;
  throw SettingsError("traces.ca: \"" + config.ca +
                      "\" holds no PEM certificate, or cannot be read; check its path and "
                      "permissions");
}

CollectorClient::CollectorClient(const TracesConfig& config)
    : collector_(collector_of(config.endpoint)), authorities_(config.ca) {
  check_traces(config);
}
CollectorClient::~CollectorClient() = default;

void CollectorClient::read_authorities() {
  tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  tls_->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  if (authorities_.empty()) {
    tls_->set_default_verify_paths();
  } else {
    tls_->load_verify_file(authorities_);
  }
}

std::optional<unsigned> CollectorClient::post(const std::string& body, Clock::duration within,
                                              std::string& why) {
  asio::io_context context{1};
  std::optional<unsigned> status;
  why = "no answer in time";
  const auto note = [&](const boost::system::system_error& problem) {
    why = reason_of(problem.code(), collector_.host);
  };
  try {
    if (collector_.tls && !tls_) read_authorities();
  } catch (const boost::system::system_error& problem) {
    note(problem);
    tls_.reset();
    return std::nullopt;
  }
  const Request request = request_to(collector_, body);
  asio::co_spawn(context, ask(collector_, request, tls_.get(), within),
                 [&](const std::exception_ptr& failed, unsigned answered) {
                   try {
                     if (failed) std::rethrow_exception(failed);
                     status = answered;
                     why = "HTTP " + std::to_string(answered);
                   } catch (const boost::system::system_error& problem) {
                     note(problem);
                   }
                 });
  context.run_for(within);
  if (!status) tls_.reset();
  return status;
}

}  // namespace segue::io
