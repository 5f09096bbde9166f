#include "producers/gateway/access/keys/https_get.h"

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
