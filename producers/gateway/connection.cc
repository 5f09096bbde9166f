#include "producers/gateway/connection.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/wire/byte_order_mark.h"
#include "producers/gateway/http/content_coding.h"
#include "producers/gateway/http/head.h"
#include "producers/gateway/http/http.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/push/event_stream.h"
#include "producers/gateway/push/player_socket.h"
#include "producers/gateway/routes/answers.h"
#include "producers/gateway/routes/routes.h"

namespace segue::gateway {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
constexpr std::string_view kEmptyLine = "\r\n";
constexpr std::size_t kReadBytes = 4 * 1024;
// A larger buffer is given back once nothing is in it.
constexpr std::size_t kBufferKept = 16 * 1024;
// After a refusal so much of what is still on its way is taken and thrown away, or the refusal
// would be lost with the connection.
constexpr std::size_t kLeftoverBytesMax = 4 * 1'024 * 1'024;
constexpr std::chrono::seconds kLeftoverWithin{2};

std::optional<Refusal> refusal(const beast::error_code& wrong) {
  if (wrong == http::error::header_limit || wrong == http::error::buffer_overflow) {
    return Refusal{http::status::request_header_fields_too_large, "headers_too_large",
                   "headers over 16 KiB"};
  }
  if (wrong == http::error::body_limit) {
    return Refusal{http::status::payload_too_large, "too_large", "the body is too large"};
  }
  // For the metrics alone: the stream has closed itself.
  if (wrong == beast::error::timeout) {
    return Refusal{http::status::request_timeout, "too_slow", "the request took too long"};
  }
  if (wrong == http::error::end_of_stream || wrong == http::error::partial_message) return {};
  if (wrong.category() != http::make_error_code(http::error::bad_method).category()) return {};
  return Refusal{http::status::bad_request, "no_http", "this is not HTTP/1.1"};
}

// Refuses a body that is packed in a way we do not unpack.
std::optional<HttpResponse> packed_otherwise(const HttpRequest& request) {
  if (read_coding(field(request, http::field::content_encoding))) return std::nullopt;
  HttpResponse response = problem({http::status::unsupported_media_type, "bad_content_encoding",
                                   "of codings of bodies gzip and deflate are read, one of them"});
  response.set(http::field::accept_encoding, kCodings);
  return response;
}

void keep_length_only(HttpResponse& response) {
  const std::size_t length = response.body().size();
  response.body().clear();
  response.content_length(length);
}

// Extensions of a chunk say nothing to us; a quoted one may hold what a proxy takes for a line's
// end.
struct RefuseControls {
  void operator()(std::uint64_t /*bytes*/, std::string_view extensions,
                  beast::error_code& wrong) const {
    const auto is_control = [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; };
    if (std::ranges::any_of(extensions, is_control)) {
      wrong = http::error::bad_chunk_extension;
    }
  }
};

// One connection; a member function is a step of it.
template <class Stream>
class Connection {
 public:
  Connection(Stream stream, Services& services, std::shared_ptr<Connections::Slot> slot)
      : stream_(std::move(stream)),
        services_(services),
        slot_(std::move(slot)),
        within_(services.settings.request_within_s) {}

  asio::awaitable<void> run() {
    slot_->on_cut([this] { socket().close(); });
    const bool secure = co_await shake_hands();
    slot_->on_leave([this] { leave(); });
    while (secure && co_await wait_for_request()) {
      if (!co_await answer_one()) break;
    }
    slot_->on_leave(nullptr);
    slot_->on_cut(nullptr);
  }

 private:
  auto& socket() { return beast::get_lowest_layer(stream_); }

  asio::awaitable<bool> shake_hands() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      socket().expires_after(within_);
      const auto [wrong] =
          co_await stream_.async_handshake(asio::ssl::stream_base::server, kAsTuple);
      co_return !wrong;
    }
    co_return true;
  }

  // False: nobody asks any more.
  asio::awaitable<bool> wait_for_request() {
    if (services_.connections.draining()) co_return false;
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    parser_.reset();
    if (buffer_.capacity() > kBufferKept) buffer_.shrink_to_fit();
    socket().expires_after(std::chrono::seconds(services_.settings.idle_timeout_s));
    const auto [wrong, bytes] =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
    idle_ = false;
    buffer_.commit(bytes);
    co_return !wrong;
  }

  void leave() {
    if (idle_) socket().cancel();
  }

  // False: the connection is at its end.
  asio::awaitable<bool> answer_one() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(kBodyBytesMax);
    parser_->on_chunk_header(refuse_controls_);
    socket().expires_after(within_);
    const auto [cut_off, folded] = co_await read_head();
    if (cut_off) co_return co_await refuse_unread(cut_off);
    auto [wrong, read] = co_await http::async_read_header(stream_, buffer_, *parser_, kAsTuple);
    if (wrong) co_return co_await refuse_unread(wrong);
    if (auto limited = too_often(services_, slot_->address())) {
      co_return co_await refuse(problem(*limited));
    }
    join_lists(parser_->get());
    trusted_ = false;
    if (auto unread = unreadable(parser_->get(), folded)) {
      co_return co_await refuse(problem(*unread));
    }
    if (auto packed = packed_otherwise(parser_->get())) {
      co_return co_await refuse(std::move(*packed));
    }
    trusted_ = true;
    const Found found = find_route(parser_->get());
    if (!found.route) co_return co_await refuse(found.refusal);
    Outcome<Player> player = co_await pass(services_, parser_->get(), *found.route);
    static const Player kUnknown;
    if (!player) co_return co_await refuse(*found.route, kUnknown, player.error());
    co_return co_await answer_player(found, std::move(*player));
  }

  asio::awaitable<bool> answer_player(const Found& found, Player player) {
    const Route& route = *found.route;
    const std::uint64_t announced = parser_->content_length().value_or(0);
    if (announced > route.body_bytes_max) {
      co_return co_await refuse(route, player, refusal(http::error::body_limit));
    }
    parser_->body_limit(route.body_bytes_max);
    auto room = services_.bodies.take(slot_->address(), announced);
    if (!room) co_return co_await refuse(route, player, no_room_for_body());
    if (!co_await invite_body()) co_return false;
    const Body body = co_await read_body(*room);
    if (body.wrong) co_return co_await refuse(route, player, refusal(body.wrong));
    if (!body.has_room) co_return co_await refuse(route, player, no_room_for_body());
    if (!route.handler) co_return co_await stream(found, std::move(player));
    co_return co_await respond(found, std::move(player), *room);
  }

  bool starts_with_empty_line() const {
    const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    return read.starts_with(kEmptyLine);
  }

  struct Head {
    beast::error_code wrong;
    bool folded = false;
  };
  // Reads until the head is whole, which the parser then finds in the buffer.
  asio::awaitable<Head> read_head() {
    std::size_t looked_at = 0;
    for (;;) {
      // Empty lines before a request are passed over (RFC 9112, 2.2).
      for (; starts_with_empty_line(); looked_at = 0) buffer_.consume(kEmptyLine.size());
      const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      if (const auto end = head_end(read, looked_at)) {
        co_return Head{.wrong = {}, .folded = has_folded_line(read.substr(0, *end))};
      }
      looked_at = read.size();
      if (has_bare_line_end(read)) co_return Head{.wrong = http::error::bad_line_ending};
      if (looked_at >= kHeaderBytesMax) co_return Head{.wrong = http::error::header_limit};
      const auto [wrong, bytes] =
          co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
      buffer_.commit(bytes);
      if (wrong) co_return Head{.wrong = wrong};
    }
  }

  // A client that waits for it sends its body sooner.
  asio::awaitable<bool> invite_body() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const HttpRequest& request = parser_->get();
    const bool waits = request.version() >= kHttp11 && !field(request, http::field::expect).empty();
    if (!waits || parser_->is_done() || buffer_.size() > 0) co_return true;
    const auto [wrong, bytes] =
        co_await asio::async_write(stream_, asio::buffer(kContinue), kAsTuple);
    co_return !wrong;
  }

  struct Body {
    beast::error_code wrong;
    bool has_room = true;
  };
  // Reads it whole. A body that does not say how long it is gets its room as it comes.
  asio::awaitable<Body> read_body(BodyBudget::Share& room) {
    const auto& text = parser_->get().body();
    // Beast puts trailers among the headers, which were checked without them (RFC 9110, 6.5.1).
    const http::request_header<> head =
        parser_->chunked() ? parser_->get().base() : http::request_header<>();
    while (!parser_->is_done()) {
      if (parser_->chunked() && !room.resize(text.size() + buffer_.max_size())) {
        co_return Body{.wrong = {}, .has_room = false};
      }
      beast::error_code wrong = parse_body();
      if (wrong == http::error::need_more) wrong = co_await read_more_of_body();
      if (wrong) co_return Body{.wrong = wrong};
    }
    if (parser_->chunked()) parser_->get().base() = head;
    room.resize(text.size());
    co_return Body{};
  }

  beast::error_code parse_body() {
    beast::error_code wrong = http::error::need_more;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), wrong));
    return wrong;
  }

  // To be called where all that was read of the body is parsed: what is left is a line between
  // chunks that is not at its end.
  asio::awaitable<beast::error_code> read_more_of_body() {
    const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    if (has_bare_line_end(read)) co_return http::error::bad_line_ending;
    if (read.size() >= kHeaderBytesMax) co_return http::error::header_limit;
    const auto [wrong, bytes] =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
    buffer_.commit(bytes);
    if (wrong == asio::error::eof) co_return http::error::partial_message;
    co_return wrong;
  }

  asio::awaitable<bool> respond(const Found& found, Player player, BodyBudget::Share& room) {
    const auto began = Clock::now();
    HttpRequest& request = parser_->get();
    Call call{.services = services_,
              .request = request,
              .address = slot_->address(),
              .path = target_of(request).path,
              .parameter = found.parameter,
              .player = std::move(player)};
    HttpResponse response = co_await answer_of(*found.route, call, request, room);
    note(found.route->name, response, std::chrono::duration<double>(Clock::now() - began).count());
    const bool more = request.keep_alive() && !services_.connections.draining();
    if (call.audio) co_return co_await write(std::move(response), *call.audio, more) && more;
    co_return co_await write(std::move(response), more) && more;
  }

  asio::awaitable<HttpResponse> answer_of(const Route& route, Call& call, HttpRequest& request,
                                          BodyBudget::Share& room) {
    if (auto refusal = unpack_body(call, request, route.body_bytes_max, room)) {
      co_return refused(services_, route, call.player, *refusal);
    }
    // Some editors and languages begin a text so (RFC 8259, 8.1, lets readers ignore it).
    if (request.body().starts_with(kByteOrderMark)) request.body().erase(0, kByteOrderMark.size());
    Outcome<HttpResponse> answer = co_await route.handler(call);
    if (!answer) co_return refused(services_, route, call.player, answer.error());
    co_return std::move(*answer);
  }

  void note(std::string_view route, const HttpResponse& response, double seconds) {
    const auto method = http::to_string(parser_->get().method());
    services_.metrics.request(route, {method.data(), method.size()}, response.result_int(),
                              seconds);
  }

  asio::awaitable<bool> refuse_unread(beast::error_code wrong) {
    const auto why = refusal(wrong);
    if (!why) co_return false;
    co_return co_await refuse(problem(*why));
  }

  asio::awaitable<bool> refuse(const Route& route, const Player& player,
                               std::optional<Refusal> why) {
    if (!why) co_return false;
    co_return co_await refuse(refused(services_, route, player, *why));
  }

  // Answers without having read the request, and ends.
  asio::awaitable<bool> refuse(HttpResponse why) {
    note("refused", why, 0);
    // With the body read to its end the connection may go on.
    const bool whole =
        trusted_ &&
        (parser_->is_done() || (parser_->is_header_done() &&
                                parser_->content_length().value_or(0) == 0 && !parser_->chunked()));
    const bool more = whole && parser_->get().keep_alive() && !services_.connections.draining();
    if (!co_await write(std::move(why), more)) co_return false;
    if (!more) co_await discard_leftovers();
    co_return more;
  }

  asio::awaitable<void> discard_leftovers() {
    beast::error_code ignored;
    socket().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    socket().expires_after(kLeftoverWithin);
    for (std::size_t thrown = 0; thrown < kLeftoverBytesMax;) {
      buffer_.clear();
      const auto [wrong, bytes] =
          co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
      if (wrong) co_return;
      thrown += bytes;
    }
  }

  asio::awaitable<bool> write(HttpResponse response, bool more) {
    finish(services_, parser_->get(), response);
    response.keep_alive(more);
    response.prepare_payload();
    if (parser_->get().method() == http::verb::head) keep_length_only(response);
    socket().expires_after(within_);
    const auto [wrong, bytes] = co_await http::async_write(stream_, response, kAsTuple);
    co_return !wrong;
  }

  // A head, and the part of a file that is its body.
  asio::awaitable<bool> write(HttpResponse head, const AudioPart& body, bool more) {
    finish(services_, parser_->get(), head);
    head.keep_alive(more);
    head.content_length(body.bytes);
    socket().expires_after(within_);
    const auto [wrong, bytes] = co_await http::async_write(stream_, head, kAsTuple);
    if (wrong || parser_->get().method() == http::verb::head) co_return !wrong;
    services_.metrics.stream("audio", 1);
    const bool whole = co_await write_pieces(body);
    services_.metrics.stream("audio", -1);
    co_return whole;
  }

  // Each piece must be taken in time, so that whoever stops reading leaves the room to others; they
  // ask for the rest when they need it.
  asio::awaitable<bool> write_pieces(const AudioPart& body) {
    for (std::uint64_t sent = 0; sent < body.bytes;) {
      const auto next = static_cast<std::size_t>(
          std::min<std::uint64_t>(services_.audio.piece_bytes(), body.bytes - sent));
      const bool read = co_await services_.audio.read(body.file, body.first + sent, next);
      if (!read) co_return false;
      socket().expires_after(within_);
      const auto [wrong, bytes] =
          co_await asio::async_write(stream_, asio::buffer(body.file->piece()), kAsTuple);
      if (wrong) co_return false;
      sent += next;
    }
    co_return true;
  }

  // Hands the connection to a stream; it is at its end when that is.
  asio::awaitable<bool> stream(const Found& found, Player player) {
    // All were asked to leave while this request was on its way.
    if (services_.connections.draining()) {
      static const Refusal kDraining{http::status::service_unavailable, "draining",
                                     "this gateway stops; another takes the stream", kSecond};
      co_return co_await refuse(problem(kDraining));
    }
    if (found.route->path == kEventStreamPath) {
      slot_->on_leave(nullptr);
      co_await send_events(stream_, services_, *slot_, parser_->get(), std::move(player));
      co_return false;
    }
    if (!beast::websocket::is_upgrade(parser_->get())) {
      static const Refusal kNoUpgrade{http::status::upgrade_required, "no_upgrade",
                                      "this path speaks WebSocket"};
      co_return co_await refuse(problem(kNoUpgrade));
    }
    slot_->on_leave(nullptr);
    buffer_.shrink_to_fit();
    // From here on it is not ours to close; over TLS there is not even a socket left to look at.
    slot_->on_cut(nullptr);
    co_await talk(std::move(stream_), services_, slot_, parser_->release(), std::move(player));
    co_return false;
  }

  Stream stream_;
  Services& services_;
  std::shared_ptr<Connections::Slot> slot_;
  const std::chrono::seconds within_;
  beast::flat_buffer buffer_{kHeaderBytesMax + kBufferKept};
  RefuseControls refuse_controls_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool idle_ = false;
  bool trusted_ = true;  // what may be read in two ways says nothing about where it ends
};

template <class Stream>
asio::awaitable<void> run(Stream stream, Services& services,
                          std::shared_ptr<Connections::Slot> slot) {
  Connection<Stream> connection(std::move(stream), services, std::move(slot));
  co_await connection.run();
}

}  // namespace

asio::awaitable<void> serve(PlainStream stream, Services& services,
                            std::shared_ptr<Connections::Slot> slot) {
  return run(std::move(stream), services, std::move(slot));
}

asio::awaitable<void> serve(TlsStream stream, Services& services,
                            std::shared_ptr<Connections::Slot> slot) {
  return run(std::move(stream), services, std::move(slot));
}

}  // namespace segue::gateway
