#include "loadtest/players/client.h"

#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace segue {

using asio::ip::tcp;

tcp::endpoint endpoint_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  boost::system::error_code wrong;
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* const end = address.data() + address.size();
    const auto [read, error] = std::from_chars(address.data() + colon + 1, end, port);
    const auto host = asio::ip::make_address(address.substr(0, colon), wrong);
    if (!wrong && error == std::errc() && read == end) return {host, port};
  }
  throw std::runtime_error("load.gateway: \"" + address + "\" is no HOST:PORT, HOST a number");
}

std::vector<std::string> read_tokens(const std::string& file, std::size_t count) {
  std::ifstream in(file);
  std::vector<std::string> tokens;
  for (std::string line; tokens.size() < count && std::getline(in, line);) {
    tokens.push_back(std::move(line));
  }
  if (tokens.size() == count) return tokens;
  throw std::runtime_error("load.tokens: \"" + file + "\" has fewer than " + std::to_string(count) +
                           " lines");
}

void Client::take_little(const tcp::endpoint& gateway) {
  constexpr int kReceiveBytes = 4 * 1024;
  auto& tcp_socket = socket_.next_layer();
  tcp_socket.open(gateway.protocol());
  tcp_socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBytes));
}

asio::awaitable<void> Client::enter(tcp::endpoint gateway, std::string token) {
  auto& tcp_socket = socket_.next_layer();
  co_await tcp_socket.async_connect(gateway, asio::use_awaitable);
  tcp_socket.set_option(tcp::no_delay(true));
  co_await socket_.async_handshake("gateway", "/v1/stream", asio::use_awaitable);
  const std::string hello = R"({"hello":{"token":")" + token + R"("}})";
  co_await socket_.async_write(asio::buffer(hello), asio::use_awaitable);
  co_await socket_.async_read(buffer_, asio::use_awaitable);
  const std::string_view said(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  if (!said.starts_with(R"({"ready":)")) {
    throw std::runtime_error("the gateway is not ready: " + std::string(said));
  }
  buffer_.clear();
}

void Client::send(std::string text) {
  waiting_.push_back(std::move(text));
  if (waiting_.size() == 1) write_next();
}

void Client::write_next() {
  socket_.async_write(asio::buffer(waiting_.front()),
                      [self = shared_from_this()](boost::system::error_code wrong, std::size_t) {
                        if (wrong) return;
                        self->waiting_.pop_front();
                        if (!self->waiting_.empty()) self->write_next();
                      });
}

asio::awaitable<void> Client::listen(std::function<void(std::string_view)> on_message) {
  const auto self = shared_from_this();
  for (;;) {
    const auto [wrong, bytes] =
        co_await socket_.async_read(buffer_, asio::experimental::as_tuple(asio::use_awaitable));
    if (wrong) co_return;
    on_message({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
    buffer_.clear();
  }
}

}  // namespace segue
