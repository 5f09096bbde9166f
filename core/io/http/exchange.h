#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "core/io/http/awaiting.h"
#include "core/io/http/head.h"
#include "core/io/http/message.h"

namespace segue::io {

namespace asio = boost::asio;
namespace beast = boost::beast;

// The bounds of a connection, in bytes and time.
struct HttpLimits {
  std::uint32_t header_bytes = 0;
  std::uint64_t body_bytes = 0;   // of any request, before a route says less
  std::chrono::seconds idle{};    // between two requests
  std::chrono::seconds within{};  // for a request to come whole, and for an answer to be taken
};

// Reads the requests of one connection, one after the other, and writes their answers: HTTP/1.1 by
// rules that leave no two readings of a request. Over a beast::tcp_stream or an ssl_stream of one;
// on the stream's thread. Never throws for what a peer does.
template <class Stream>
class HttpExchange {
 public:
  HttpExchange(Stream stream, const HttpLimits& limits)
      : stream_(std::move(stream)),
        limits_(limits),
        buffer_(limits.header_bytes + kBufferKept),
        parser_(std::in_place) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  Stream& stream() { return stream_; }
  auto& socket() { return beast::get_lowest_layer(stream_); }
  auto& parser() { return *parser_; }
  HttpRequest& request() { return parser_->get(); }

  // False: no request comes any more.
  asio::awaitable<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    parser_.emplace();
    if (buffer_.capacity() > kBufferKept) buffer_.shrink_to_fit();
    socket().expires_after(limits_.idle);
    const beast::error_code wrong = co_await read_more();
    idle_ = false;
    co_return !wrong;
  }

  // Ends the wait for a request, if that is what is waited for.
  void leave() {
    if (idle_) socket().cancel();
  }

  // Reads a head into `request()`; the failure, where there is one.
  asio::awaitable<beast::error_code> read_head() {
    parser_.emplace();
    parser_->header_limit(limits_.header_bytes);
    parser_->body_limit(limits_.body_bytes);
    parser_->on_chunk_header(refuse_controls_);
    trusted_ = false;  // until the head was checked
    folded_ = false;
    socket().expires_after(limits_.within);
    const beast::error_code cut_off = co_await find_head();
    if (cut_off) co_return cut_off;
    const auto [wrong, bytes] =
        co_await http::async_read_header(stream_, buffer_, *parser_, kAsTuple);
    co_return wrong;
  }

  // Refuses a head that can be read in two ways, or asks for what we do not do; after that nothing
  // behind it is trusted. Requires: it was read.
  std::optional<Refusal> check_head() {
    join_lists(request());
    std::optional<Refusal> refusal = unreadable(request(), folded_);
    trusted_ = !refusal;
    return refusal;
  }

  // The refusal of a request that failed so; none: no answer would be read.
  std::optional<Refusal> refusal_of(const beast::error_code& wrong) const {
    return segue::io::refusal_of(wrong, limits_.header_bytes);
  }

  // Invites the body of a client that waits for it: it comes sooner. False: the client is gone.
  asio::awaitable<bool> invite_body() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool waits =
        request().version() >= kHttp11 && !field(request(), http::field::expect).empty();
    if (!waits || parser_->is_done() || buffer_.size() > 0) co_return true;
    // The time for the request to come whole runs on.
    const auto [wrong, written] =
        co_await asio::async_write(stream_, asio::buffer(kContinue), kAsTuple);
    co_return !wrong;
  }

  struct BodyRead {
    beast::error_code wrong;
    bool has_room = true;
  };
  // Reads the body whole. A chunked one says not how long it is: `take_room` is asked for the bytes
  // that it will have after the next piece, and once for what it had.
  asio::awaitable<BodyRead> read_body(const std::function<bool(std::size_t bytes)>& take_room) {
    const auto& text = request().body();
    // Beast puts trailers among the headers, which were checked without them (RFC 9110, 6.5.1).
    const http::request_header<> head =
        parser_->chunked() ? request().base() : http::request_header<>();
    while (!parser_->is_done()) {
      if (parser_->chunked() && !take_room(text.size() + buffer_.max_size())) {
        co_return BodyRead{.wrong = {}, .has_room = false};
      }
      beast::error_code wrong = parse_body();
      if (wrong == http::error::need_more) wrong = co_await read_more_of_body();
      if (wrong) co_return BodyRead{.wrong = wrong};
    }
    if (parser_->chunked()) request().base() = head;
    take_room(text.size());
    co_return BodyRead{};
  }

  // Whether all of the request was read, or there is nothing but its head.
  bool was_read() const {
    const bool head_alone = parser_->is_header_done() && !parser_->chunked() &&
                            parser_->content_length().value_or(0) == 0;
    return trusted_ && (parser_->is_done() || head_alone);
  }

  // Whether a further request may follow an answer that is given now. HTTP/1.0 takes an answer that
  // says nothing of it for the last one.
  bool may_go_on() const {
    return was_read() && parser_->get().keep_alive() && parser_->get().version() >= kHttp11;
  }

  // Writes an answer, without its body where the request was HEAD. False: the peer is gone, or does
  // not read.
  asio::awaitable<bool> write(HttpResponse response, bool more) {
    response.keep_alive(more);
    response.prepare_payload();
    if (request().method() == http::verb::head) keep_length_only(response);
    co_return co_await write_head(std::move(response));
  }

  // Writes a response as it stands, whose body may follow by `write_bytes`.
  asio::awaitable<bool> write_head(HttpResponse response) {
    socket().expires_after(limits_.within);
    const auto [wrong, bytes] = co_await http::async_write(stream_, response, kAsTuple);
    co_return !wrong;
  }

  asio::awaitable<bool> write_bytes(asio::const_buffer bytes) {
    socket().expires_after(limits_.within);
    const auto [wrong, written] = co_await asio::async_write(stream_, bytes, kAsTuple);
    co_return !wrong;
  }

  // Ends a connection of which a request was not read to its end: takes what is still on its way
  // and throws it away, or the answer would be lost with the connection.
  asio::awaitable<void> discard_leftovers() {
    beast::error_code ignored;
    socket().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    socket().expires_after(kLeftoverWithin);
    for (std::size_t thrown = 0; thrown < kLeftoverBytesMax; thrown += buffer_.size()) {
      buffer_.clear();
      if (co_await read_more()) co_return;
    }
  }

  // Gives the request away, and back what the buffer holds beyond it: a stream goes on from here.
  HttpRequest release() {
    buffer_.shrink_to_fit();
    return parser_->release();
  }

 private:
  static constexpr std::string_view kEmptyLine = "\r\n";
  static constexpr std::size_t kReadBytes = 4 * 1'024;
  // A larger buffer is given back once nothing is in it.
  static constexpr std::size_t kBufferKept = 16 * 1'024;
  static constexpr std::size_t kLeftoverBytesMax = 4 * 1'024 * 1'024;
  static constexpr std::chrono::seconds kLeftoverWithin{2};

  std::string_view read() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }

  asio::awaitable<beast::error_code> read_more() {
    const auto [wrong, bytes] =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
    buffer_.commit(bytes);
    co_return wrong;
  }

  // Reads until the head is whole, which the parser then finds in the buffer.
  asio::awaitable<beast::error_code> find_head() {
    std::size_t looked_at = 0;
    for (;;) {
      // Empty lines before a request are passed over (RFC 9112, 2.2).
      for (; read().starts_with(kEmptyLine); looked_at = 0) buffer_.consume(kEmptyLine.size());
      if (const auto end = head_end(read(), looked_at)) {
        folded_ = has_folded_line(read().substr(0, *end));
        co_return beast::error_code();
      }
      looked_at = read().size();
      if (has_bare_line_end(read())) co_return http::error::bad_line_ending;
      if (looked_at >= limits_.header_bytes) co_return http::error::header_limit;
      const beast::error_code wrong = co_await read_more();
      if (wrong) co_return wrong;
    }
  }

  beast::error_code parse_body() {
    beast::error_code wrong = http::error::need_more;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), wrong));
    return wrong;
  }

  // To be called where all that was read of the body is parsed: what is left is a line between
  // chunks that is not at its end.
  asio::awaitable<beast::error_code> read_more_of_body() {
    if (has_bare_line_end(read())) co_return http::error::bad_line_ending;
    if (buffer_.size() >= limits_.header_bytes) co_return http::error::header_limit;
    const beast::error_code wrong = co_await read_more();
    if (wrong == asio::error::eof) co_return http::error::partial_message;
    co_return wrong;
  }

  Stream stream_;
  const HttpLimits limits_;
  beast::flat_buffer buffer_;
  RefuseControls refuse_controls_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool idle_ = false;
  bool folded_ = false;
  bool trusted_ = true;  // what may be read in two ways says nothing about where it ends
};

}  // namespace segue::io
