#include "producers/gateway/access/keys/https_get.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <stdexcept>

#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/push/streams.h"

namespace segue::gateway {
namespace {

namespace http = beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kWithin{10};

[[noreturn]] void bad_address(std::string_view url) {
  throw std::invalid_argument("\"" + std::string(url) +
                              "\" is not like https://id.example/.well-known/jwks.json");
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         std::stoi(std::string(text)) <= 65'535 && std::stoi(std::string(text)) > 0;
}

bool is_host(std::string_view text, bool v6) {
  constexpr std::string_view kNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  constexpr std::string_view kV6 = "0123456789abcdefABCDEF:.";
  return !text.empty() && text.find_first_not_of(v6 ? kV6 : kNames) == std::string_view::npos;
}

void must(const beast::error_code& wrong, const std::string& what) {
  if (wrong) throw std::runtime_error(what + ": " + wrong.message());
}

using Request = http::request<http::empty_body>;

Request request_for(const HttpsAddress& address) {
  Request request{http::verb::get, address.target, 11};
  request.set(http::field::host, address.written);
  request.set(http::field::user_agent, "segue-gateway");
  request.set(http::field::accept, "application/jwk-set+json, application/json");
  request.keep_alive(false);
  return request;
}

asio::awaitable<void> connect(TlsStream& stream, const HttpsAddress& address) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [unknown, found] =
      co_await resolver.async_resolve(address.host, address.port, kAsTuple);
  must(unknown, "the host has no address");
  auto& socket = beast::get_lowest_layer(stream);
  socket.expires_after(kWithin);
  const auto [refused, endpoint] = co_await socket.async_connect(found, kAsTuple);
  must(refused, "no connection");
  beast::error_code is_name;
  asio::ip::make_address(address.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), address.host.c_str());
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(address.host));
  const auto [wrong] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAsTuple);
  must(wrong, "no TLS");
}

}  // namespace

HttpsAddress https_address(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '"'; };
  if (!url.starts_with(kScheme) || !std::ranges::all_of(url, plain)) bad_address(url);
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  HttpsAddress address;
  address.written = authority;
  address.target = rest.substr(end);
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  const bool v6 = authority.starts_with('[');
  const std::size_t host_end =
      v6 ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) bad_address(url);
  address.host = authority.substr(v6 ? 1 : 0, host_end - (v6 ? 1 : 0));
  const std::string_view after = authority.substr(host_end + (v6 ? 1 : 0));
  if (!after.empty()) {
    if (!after.starts_with(':') || !is_port(after.substr(1))) bad_address(url);
    address.port = after.substr(1);
  }
  if (!is_host(address.host, v6)) bad_address(url);
  return address;
}

asio::awaitable<std::string> https_get(const HttpsAddress& address, asio::ssl::context& tls,
                                       std::size_t bytes_max) {
  TlsStream stream(co_await asio::this_coro::executor, tls);
  co_await connect(stream, address);
  const Request request = request_for(address);
  const auto [not_sent, sent] = co_await http::async_write(stream, request, kAsTuple);
  must(not_sent, "the request was not sent");
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(bytes_max);
  const auto [wrong, read] = co_await http::async_read(stream, buffer, parser, kAsTuple);
  must(wrong, "the answer cannot be read");
  if (parser.get().result_int() != 200) {
    throw std::runtime_error("the answer is " + std::to_string(parser.get().result_int()) +
                             ", not 200");
  }
  co_return std::move(parser.get().body());
}

}  // namespace segue::gateway
