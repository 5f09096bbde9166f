#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

namespace asio = boost::asio;

// HOST:PORT with a numeric address. Throws std::runtime_error for another text.
asio::ip::tcp::endpoint endpoint_of(const std::string& address);

// The first `count` lines of a file. Throws std::runtime_error if there are fewer.
std::vector<std::string> read_tokens(const std::string& file, std::size_t count);

// One player on a gateway's WebSocket, plain text. Lives in a shared_ptr; the io_context's thread.
class Client : public std::enable_shared_from_this<Client> {
 public:
  explicit Client(asio::io_context& context) : socket_(context) {}

  // For a player who will not read: the system takes little in their place. Before `enter`.
  void take_little(const asio::ip::tcp::endpoint& gateway);
  // Says hello; returns once the gateway is ready for events. Throws
  // boost::system::system_error or std::runtime_error where it is not.
  asio::awaitable<void> enter(asio::ip::tcp::endpoint gateway, std::string token);
  // Queues one message. Never blocks.
  void send(std::string text);
  // Gives every message to `on_message` until the gateway closes.
  asio::awaitable<void> listen(std::function<void(std::string_view)> on_message);

 private:
  void write_next();

  boost::beast::websocket::stream<asio::ip::tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> waiting_;  // the first is being written
};

}  // namespace segue
