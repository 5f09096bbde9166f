#include "producers/gateway/connection.h"

#include <algorithm>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/io/http/exchange.h"
#include "core/wire/byte_order_mark.h"
#include "producers/gateway/http/content_coding.h"
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

io::HttpLimits limits_of(const GatewayConfig& config) {
  return {.header_bytes = kHeaderBytesMax,
          .body_bytes = kBodyBytesMax,
          .idle = std::chrono::seconds(config.idle_timeout_s),
          .within = std::chrono::seconds(config.request_within_s)};
}

// Refuses a body that is packed in a way we do not unpack.
std::optional<HttpResponse> packed_otherwise(const HttpRequest& request) {
  if (read_coding(field(request, http::field::content_encoding))) return std::nullopt;
  HttpResponse response = problem({http::status::unsupported_media_type, "bad_content_encoding",
                                   "of codings of bodies gzip and deflate are read, one of them"});
  response.set(http::field::accept_encoding, kCodings);
  return response;
}

// One connection; a member function is a step of it.
template <class Stream>
class Connection {
 public:
  Connection(Stream stream, Services& services, std::shared_ptr<Connections::Slot> slot)
      : exchange_(std::move(stream), limits_of(services.settings)),
        services_(services),
        slot_(std::move(slot)) {}

  asio::awaitable<void> run() {
    slot_->on_cut([this] { exchange_.socket().close(); });
    const bool secure = co_await shake_hands();
    slot_->on_leave([this] { exchange_.leave(); });
    while (secure && !draining() && co_await exchange_.wait_for_request()) {
      if (!co_await answer_one()) break;
    }
    slot_->on_leave(nullptr);
    slot_->on_cut(nullptr);
  }

 private:
  bool draining() const { return services_.connections.draining(); }
  bool may_go_on() const { return exchange_.may_go_on() && !draining(); }

  asio::awaitable<bool> shake_hands() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      exchange_.socket().expires_after(std::chrono::seconds(services_.settings.request_within_s));
      const auto [wrong] =
          co_await exchange_.stream().async_handshake(asio::ssl::stream_base::server, kAsTuple);
      co_return !wrong;
    }
    co_return true;
  }

  // False: the connection is at its end.
  asio::awaitable<bool> answer_one() {
    const beast::error_code wrong = co_await exchange_.read_head();
    if (wrong) {
      const auto why = exchange_.refusal_of(wrong);
      if (!why) co_return false;
      co_return co_await refuse(problem(*why));
    }
    const auto unread = exchange_.check_head();
    if (const auto limited = too_often(services_, slot_->address())) {
      co_return co_await refuse(problem(*limited));
    }
    if (unread) {
      co_return co_await refuse(problem(*unread));
    }
    if (auto packed = packed_otherwise(exchange_.request())) {
      co_return co_await refuse(std::move(*packed));
    }
    const Found found = find_route(exchange_.request());
    if (!found.route) co_return co_await refuse(found.refusal);
    OrRefusal<Player> player = co_await pass(services_, exchange_.request(), *found.route);
    static const Player kUnknown;
    if (!player) co_return co_await refuse(*found.route, kUnknown, player.error());
    co_return co_await answer_player(found, std::move(*player));
  }

  asio::awaitable<bool> answer_player(const Found& found, Player player) {
    const Route& route = *found.route;
    auto& parser = exchange_.parser();
    const std::uint64_t announced = parser.content_length().value_or(0);
    if (announced > route.body_bytes_max) {
      co_return co_await refuse(route, player, exchange_.refusal_of(http::error::body_limit));
    }
    parser.body_limit(route.body_bytes_max);
    auto room = services_.bodies.take(slot_->address(), announced);
    if (!room) co_return co_await refuse(route, player, no_room_for_body());
    if (!co_await exchange_.invite_body()) co_return false;
    const std::function<bool(std::size_t)> take_room = [&room](std::size_t bytes) {
      return room->resize(bytes);
    };
    const auto body = co_await exchange_.read_body(take_room);
    if (body.wrong) {
      co_return co_await refuse(route, player, exchange_.refusal_of(body.wrong));
    }
    if (!body.has_room) co_return co_await refuse(route, player, no_room_for_body());
    if (!route.handler) co_return co_await stream(found, std::move(player));
    co_return co_await respond(found, std::move(player), *room);
  }

  asio::awaitable<bool> respond(const Found& found, Player player, BodyBudget::Share& room) {
    const auto began = Clock::now();
    HttpRequest& request = exchange_.request();
    Call call{.services = services_,
              .request = request,
              .address = slot_->address(),
              .path = target_of(request).path,
              .parameter = found.parameter,
              .player = std::move(player)};
    HttpResponse response = co_await answer_of(*found.route, call, request, room);
    note(found.route->name, response, std::chrono::duration<double>(Clock::now() - began).count());
    const bool more = may_go_on();
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
    OrRefusal<HttpResponse> answer = co_await route.handler(call);
    if (!answer) co_return refused(services_, route, call.player, answer.error());
    co_return std::move(*answer);
  }

  void note(std::string_view route, const HttpResponse& response, double seconds) {
    const auto method = http::to_string(exchange_.request().method());
    services_.metrics.request(route, {method.data(), method.size()}, response.result_int(),
                              seconds);
  }

  asio::awaitable<bool> refuse(const Route& route, const Player& player,
                               std::optional<Refusal> why) {
    if (!why) co_return false;
    co_return co_await refuse(refused(services_, route, player, *why));
  }

  // Answers without having read the request, and ends, unless all of it was read.
  asio::awaitable<bool> refuse(HttpResponse why) {
    note("refused", why, 0);
    const bool more = may_go_on();
    if (!co_await write(std::move(why), more)) co_return false;
    if (!more) co_await exchange_.discard_leftovers();
    co_return more;
  }

  asio::awaitable<bool> write(HttpResponse response, bool more) {
    finish(services_, exchange_.request(), response);
    co_return co_await exchange_.write(std::move(response), more);
  }

  // A head, and the part of a file that is its body.
  asio::awaitable<bool> write(HttpResponse head, const AudioPart& body, bool more) {
    finish(services_, exchange_.request(), head);
    head.keep_alive(more);
    head.content_length(body.bytes);
    const bool there = co_await exchange_.write_head(std::move(head));
    if (!there || exchange_.request().method() == http::verb::head) co_return there;
    services_.metrics.stream("audio", 1);
    const bool whole = co_await write_pieces(body);
    services_.metrics.stream("audio", -1);
    co_return whole;
  }

  // Each piece must be taken in time, so that a player that stops reading leaves the room to
  // others; it asks for the rest when it needs it.
  asio::awaitable<bool> write_pieces(const AudioPart& body) {
    for (std::uint64_t sent = 0; sent < body.bytes;) {
      const auto next = static_cast<std::size_t>(
          std::min<std::uint64_t>(services_.audio.piece_bytes(), body.bytes - sent));
      const bool read = co_await services_.audio.read(body.file, body.first + sent, next);
      if (!read) co_return false;
      if (!co_await exchange_.write_bytes(asio::buffer(body.file->piece()))) co_return false;
      sent += next;
    }
    co_return true;
  }

  // Hands the connection to a stream; it is at its end when that is.
  asio::awaitable<bool> stream(const Found& found, Player player) {
    // All were asked to leave while this request was on its way.
    if (draining()) {
      static const Refusal kDraining{http::status::service_unavailable, "draining",
                                     "this gateway stops; another takes the stream", kSecond};
      co_return co_await refuse(problem(kDraining));
    }
    if (found.route->path == kEventStreamPath) {
      slot_->on_leave(nullptr);
      co_await send_events(exchange_.stream(), services_, *slot_, exchange_.request(),
                           std::move(player));
      co_return false;
    }
    if (!beast::websocket::is_upgrade(exchange_.request())) {
      static const Refusal kNoUpgrade{http::status::upgrade_required, "no_upgrade",
                                      "this path speaks WebSocket"};
      co_return co_await refuse(problem(kNoUpgrade));
    }
    slot_->on_leave(nullptr);
    // From here on it is not ours to close; over TLS there is not even a socket left to look at.
    slot_->on_cut(nullptr);
    HttpRequest request = exchange_.release();
    co_await talk(std::move(exchange_.stream()), services_, slot_, std::move(request),
                  std::move(player));
    co_return false;
  }

  io::HttpExchange<Stream> exchange_;
  Services& services_;
  std::shared_ptr<Connections::Slot> slot_;
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
