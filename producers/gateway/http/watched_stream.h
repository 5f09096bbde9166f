#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <functional>
#include <utility>

#include "producers/gateway/http/frames.h"
#include "producers/gateway/push/streams.h"

namespace segue::gateway {

namespace asio = boost::asio;

// A stream under a WebSocket that says how many frames pass which are no message. Where `allowed`
// says no, reading fails with asio::error::connection_refused.
template <class Stream>
class WatchedStream {
 public:
  using executor_type = typename Stream::executor_type;
  using next_layer_type = Stream;
  using Allowed = std::function<bool(std::size_t frames)>;

  explicit WatchedStream(Stream stream) : stream_(std::move(stream)) {}
  void watch(Allowed allowed) { allowed_ = std::move(allowed); }

  executor_type get_executor() noexcept { return stream_.get_executor(); }
  Stream& next_layer() noexcept { return stream_; }
  const Stream& next_layer() const noexcept { return stream_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(beast::error_code, std::size_t)>(
        [this, buffers, began = false](auto& self, beast::error_code wrong = {},
                                       std::size_t bytes = 0) mutable {
          if (!std::exchange(began, true)) {
            return stream_.async_read_some(buffers, std::move(self));
          }
          const std::size_t frames = count(buffers, bytes);
          if (!wrong && frames > 0 && allowed_ && !allowed_(frames)) {
            wrong = asio::error::connection_refused;
          }
          self.complete(wrong, bytes);
        },
        token, stream_);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return stream_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  template <class Buffers>
  std::size_t count(const Buffers& buffers, std::size_t bytes) {
    std::size_t frames = 0;
    for (auto at = asio::buffer_sequence_begin(buffers);
         at != asio::buffer_sequence_end(buffers) && bytes > 0; ++at) {
      const asio::mutable_buffer buffer(*at);
      const std::size_t used = std::min(bytes, buffer.size());
      frames += frames_.take({static_cast<const std::uint8_t*>(buffer.data()), used});
      bytes -= used;
    }
    return frames;
  }

  Stream stream_;
  Frames frames_;
  Allowed allowed_;
};

template <class Stream>
void teardown(beast::role_type role, WatchedStream<Stream>& stream, beast::error_code& wrong) {
  using beast::websocket::teardown;
  teardown(role, stream.next_layer(), wrong);
}

template <class Stream, class Handler>
void async_teardown(beast::role_type role, WatchedStream<Stream>& stream, Handler&& handler) {
  using beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

}  // namespace segue::gateway
