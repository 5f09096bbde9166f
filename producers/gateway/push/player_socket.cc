#include "producers/gateway/push/player_socket.h"

#include <simdjson.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <optional>
#include <utility>

#include "consumers/player/in_order.h"
#include "consumers/player/job_text.h"
#include "consumers/player/list_text.h"
#include "core/io/clock.h"
#include "core/wire/byte_order_mark.h"
#include "core/wire/json_parse.h"
#include "core/wire/json_text.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/http/watched_stream.h"
#include "producers/gateway/push/first_list.h"
#include "producers/gateway/push/progress.h"
#include "producers/gateway/push/series.h"

namespace segue::gateway {
namespace {

namespace websocket = beast::websocket;
using Clock = std::chrono::steady_clock;
using Kind = player::Outbox::Message::Kind;
using websocket::close_code;

constexpr std::size_t kMessageBytesMax = 64 * 1024;
// A larger buffer is given back after the message that needed it.
constexpr std::size_t kBufferKept = 4 * 1024;
// Events of one player on their way; past it nothing more is read until some are confirmed.
constexpr std::size_t kOpenMax = 1'000;

std::string error_text(std::string_view code, std::string_view detail, std::uint64_t event) {
  std::string text = "{\"error\":";
  json::ObjectWriter out(text);
  out.text("code", code);
  out.text("detail", detail);
  if (event > 0) out.number("event", event);
  out.close();
  return text + "}";
}

std::string ready_text(std::string_view series) {
  std::string text = "{\"ready\":";
  json::ObjectWriter out(text);
  out.text("series", series);
  out.text("time", format_time(wall_clock()));
  out.close();
  return text + "}";
}

struct Hello {
  std::string token;
  std::int64_t version = -1;
  std::string series;  // of that version; empty: not named
};

std::optional<Hello> read_hello(std::string_view message) {
  // Nearly all messages are events, which are parsed elsewhere.
  if (message.find("\"hello\"") == std::string_view::npos) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object hello;
  const simdjson::padded_string padded(without_byte_order_mark(message));
  if (json::parse(parser, padded, root) != simdjson::SUCCESS ||
      root["hello"].get(hello) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Hello read;
  std::string_view token;
  if (hello["token"].get(token) == simdjson::SUCCESS) read.token = token;
  std::int64_t version = -1;
  if (hello["version"].get(version) == simdjson::SUCCESS) read.version = version;
  std::string_view series;
  if (hello["series"].get(series) == simdjson::SUCCESS) read.series = series;
  return read;
}

// Reads on one coroutine and writes on another, as Beast allows. Lives until both have ended.
template <class Stream>
class PlayerSocket : public std::enable_shared_from_this<PlayerSocket<Stream>> {
 public:
  PlayerSocket(Stream stream, Services& services, std::shared_ptr<Connections::Slot> slot,
               Player player)
      : socket_(WatchedStream<Stream>(std::move(stream))),
        services_(services),
        slot_(std::move(slot)),
        player_(std::move(player)),
        wakeup_(services.context.get_executor()),
        room_(services.context.get_executor()),
        watchdog_(services.context) {}

  asio::awaitable<void> run(HttpRequest request) {
    beast::get_lowest_layer(socket_).expires_never();
    socket_.set_option(timeouts());
    socket_.read_message_max(kMessageBytesMax);
    const auto [wrong] = co_await socket_.async_accept(request, kAsTuple);
    if (wrong) co_return;
    socket_.next_layer().watch([this](std::size_t frames) { return may_send(frames); });
    // One message is one frame: a list goes out in one write.
    socket_.auto_fragment(false);
    const auto self = this->shared_from_this();
    slot_->on_cut([weak = this->weak_from_this()] {
      if (const auto here = weak.lock()) beast::get_lowest_layer(here->socket_).close();
    });
    slot_->on_leave([weak = this->weak_from_this()] {
      if (const auto here = weak.lock()) here->close(close_code::going_away, "draining");
    });
    services_.metrics.stream("websocket", 1);
    asio::co_spawn(services_.context, write_all(self), kRethrow);
    co_await read_all();
    over_ = true;
    wakeup_.wake();
    services_.metrics.stream("websocket", -1);
  }

 private:
  websocket::stream_base::timeout timeouts() const {
    return {.handshake_timeout = std::chrono::seconds(services_.settings.request_within_s),
            .idle_timeout = std::chrono::seconds(services_.settings.idle_timeout_s),
            .keep_alive_pings = true};
  }

  // The first reason counts; the writer carries it out.
  void close(close_code code, std::string_view why) {
    if (!closing_) closing_ = websocket::close_reason(code, why);
    wakeup_.wake();
  }

  asio::awaitable<void> read_all() {
    const Hello none;
    if (!player_.listener.empty() && !co_await enter(none)) co_return;
    beast::flat_buffer buffer;
    while (!closing_) {
      const auto [wrong, bytes] = co_await socket_.async_read(buffer, kAsTuple);
      if (wrong) co_return;
      if (!socket_.got_text()) co_return close(close_code::unknown_data, "JSON texts only");
      const std::string_view text(static_cast<const char*>(buffer.data().data()), buffer.size());
      if (!co_await may_speak()) co_return;
      if (outbox_) {
        co_await take_events(text);
      } else if (!co_await take_hello(text)) {
        co_return;
      }
      buffer.consume(buffer.size());
      if (buffer.capacity() > kBufferKept) buffer.shrink_to_fit();
    }
  }

  // Pings, pongs and fragments cost what messages cost. A player that has spent all that the
  // address has on them is not waited for: the connection ends.
  bool may_send(std::size_t frames) {
    // One by one, for what is refused as a whole would cost nothing.
    while (frames > 0 && services_.of_addresses.take(slot_->address(), 1, steady_clock()) == 0)
      --frames;
    return frames == 0;
  }

  // A player that speaks too fast is not read for a while: the network makes it wait.
  asio::awaitable<bool> may_speak() {
    while (const Micros wait = services_.of_addresses.take(slot_->address(), 1, steady_clock())) {
      co_await room_.wait_until(Clock::now() + std::chrono::microseconds(wait));
      if (closing_) co_return false;
    }
    co_return true;
  }

  asio::awaitable<bool> take_hello(std::string_view text) {
    const auto hello = read_hello(text);
    if (!hello) co_return close(close_code::policy_error, "say hello first"), false;
    OrRefusal<Player> admitted = co_await admit(services_, hello->token);
    if (closing_) co_return false;
    if (!admitted) co_return close_unadmitted(admitted.error(), admitted.error().detail), false;
    player_ = std::move(*admitted);
    co_return co_await enter(*hello);
  }

  void close_unadmitted(const Refusal& refusal, std::string_view why) {
    if (refusal.wait > 0) return close(close_code::try_again_later, "no token keys yet");
    close(close_code::policy_error, why);
  }

  asio::awaitable<bool> enter(const Hello& hello) {
    const auto self = this->shared_from_this();
    const std::string series = series_of(services_, player_);
    outbox_.emplace([this] { wakeup_.wake(); },
                    version_within(series, hello.version, hello.series));
    outbox_->complain(ready_text(series));
    subscription_ = services_.delivery.subscribe(player_.listener, *outbox_);
    asio::co_spawn(services_.context, ensure_list(services_, player_), kRethrow);
    const auto jobs = co_await progress_now(services_, player_.listener);
    if (closing_) co_return false;
    for (const auto& job : jobs) outbox_->put(job);
    co_return true;
  }

  asio::awaitable<void> take_events(std::string_view text) {
    // A second hello brings a fresh token.
    if (const auto hello = read_hello(text)) co_return co_await renew(*hello);
    auto read = services_.reader.read(text, player_, services_.catalogue, wall_clock());
    if (!read) {
      // How many events it would have been is not known: numbers from here on would mean others.
      complain(name_of(read.error().reason), read.error().detail, 0);
      co_return close(close_code::bad_payload, "a message that cannot be read");
    }
    for (Result<ReadEvent>& event : *read) {
      co_await wait_for_room();
      if (closing_) co_return;
      const std::uint64_t number = order_.begin();
      if (event) {
        publish(std::move(*event), number);
      } else {
        services_.metrics.event(EventType::other, "refused");
        complain(name_of(event.error().reason), event.error().detail, number);
        settle(number);
      }
    }
  }

  asio::awaitable<void> renew(const Hello& hello) {
    static constexpr std::string_view kNotGood = "the new token is not good";
    const OrRefusal<Player> admitted = co_await admit(services_, hello.token);
    if (!admitted) co_return close_unadmitted(admitted.error(), kNotGood);
    if (admitted->subject != player_.subject) {
      co_return close(close_code::policy_error, kNotGood);
    }
    player_.expires = admitted->expires;
    wakeup_.wake();
  }

  asio::awaitable<void> wait_for_room() {
    while (!closing_ && order_.open() >= kOpenMax)
      co_await room_.wait_until(Clock::time_point::max());
    while (!closing_ && !services_.confirmations.has_room(1)) {
      const Confirmations::Place in_line(services_.confirmations, room_);
      co_await room_.wait_until(Clock::time_point::max());
    }
    while (const Micros wait = services_.of_listeners.take(player_.listener, 1, steady_clock())) {
      if (closing_) co_return;
      co_await room_.wait_until(Clock::now() + std::chrono::microseconds(wait));
    }
  }

  void publish(ReadEvent event, std::uint64_t number) {
    if (event.type == EventType::playback_heartbeat && services_.confirmations.is_busy()) {
      services_.metrics.event(event.type, "dropped");
      return settle(number);
    }
    std::weak_ptr<PlayerSocket> weak = this->shared_from_this();
    const bool taken = services_.confirmations.publish(
        std::move(event), [weak, number](std::optional<std::int64_t> offset) {
          const auto self = weak.lock();
          if (!self) return;
          if (offset) self->newest_ = std::max(self->newest_, *offset);
          if (offset) return self->settle(number);
          self->close(close_code::try_again_later, "Kafka did not confirm");
        });
    if (!taken) close(close_code::try_again_later, "Kafka does not keep up");
  }

  void settle(std::uint64_t number) {
    order_.settle(number);
    outbox_->acknowledge(order_.settled());
    room_.wake();
  }

  void complain(std::string_view code, std::string_view detail, std::uint64_t event) {
    if (!outbox_->complain(error_text(code, detail, event))) {
      close(close_code::policy_error, "too many errors");
    }
  }

  static asio::awaitable<void> write_all(std::shared_ptr<PlayerSocket> self) {
    co_await self->write_messages();
    // The room that the reader may still wait for will not come.
    if (!self->over_) beast::get_lowest_layer(self->socket_).close();
    self->closing_ = self->closing_.value_or(websocket::close_reason(close_code::normal));
    self->room_.wake();
  }

  asio::awaitable<void> write_messages() {
    for (;;) {
      co_await wakeup_.wait_until(next_deadline());
      while (outbox_) {
        auto message = outbox_->take();
        if (!message) break;
        if (!co_await write(text_of(*message))) co_return services_.metrics.push("slow");
        if (message->kind == Kind::list) services_.metrics.push("sent");
      }
      if (!closing_ && time_left() <= 0) {
        close(close_code::policy_error, outbox_ ? "the token is expired" : "no hello came");
      }
      if (closing_) co_return co_await write_close();
      if (over_) co_return;
    }
  }

  // How long hello may still take, or a fresh token. A token's end is a time of day.
  Micros time_left() const {
    if (outbox_) return player_.expires - wall_clock();
    return began_ + services_.settings.request_within_s * kSecond - steady_clock();
  }

  Clock::time_point next_deadline() const {
    const Micros left = std::clamp<Micros>(time_left(), 0, kHour);
    return Clock::now() + std::chrono::microseconds(left + kMillisecond);
  }

  std::string text_of(const player::Outbox::Message& message) {
    switch (message.kind) {
      case Kind::complaint:
        return message.complaint;
      case Kind::acknowledgement:
        return acknowledgement(message.acknowledged);
      case Kind::erased:
        return "{\"erased\":{}}";
      case Kind::progress:
        return "{\"generation\":" + player::progress_text(*message.progress, services_.catalogue) +
               "}";
      case Kind::list:
        return "{\"recommendations\":" + player::list_text(*message.list, services_.catalogue) +
               "}";
    }
    return {};
  }

  // The first list of `version` or a later one knows of these events.
  std::string acknowledgement(std::uint64_t number) const {
    std::string text;
    json::ObjectWriter out(text);
    out.number("ack", number);
    if (newest_ >= 0) out.number("version", newest_);
    out.close();
    return text;
  }

  // False: the peer is gone, or does not read.
  asio::awaitable<bool> write(std::string text) {
    socket_.text(true);
    set_watchdog();
    const auto [wrong, bytes] = co_await socket_.async_write(asio::buffer(text), kAsTuple);
    watchdog_.cancel();
    co_return !wrong;
  }

  asio::awaitable<void> write_close() {
    set_watchdog();
    co_await socket_.async_close(*closing_, kAsTuple);
    watchdog_.cancel();
  }

  void set_watchdog() {
    watchdog_.expires_after(std::chrono::seconds(services_.settings.request_within_s));
    watchdog_.async_wait([weak = this->weak_from_this()](beast::error_code stopped) {
      const auto self = weak.lock();
      if (!stopped && self) beast::get_lowest_layer(self->socket_).close();
    });
  }

  websocket::stream<WatchedStream<Stream>> socket_;
  Services& services_;
  std::shared_ptr<Connections::Slot> slot_;
  Player player_;
  Wakeup wakeup_;  // the writer's
  Wakeup room_;    // the reader's
  asio::steady_timer watchdog_;
  const Micros began_ = steady_clock();
  player::InOrder order_;
  std::optional<player::Outbox> outbox_;  // once the token was good
  player::Delivery::Subscription subscription_;
  std::optional<websocket::close_reason> closing_;
  std::int64_t newest_ = -1;  // the greatest offset of an event in the log
  bool over_ = false;         // nothing more comes
};

template <class Stream>
asio::awaitable<void> run(Stream stream, Services& services,
                          std::shared_ptr<Connections::Slot> slot, HttpRequest request,
                          Player player) {
  const auto socket = std::make_shared<PlayerSocket<Stream>>(std::move(stream), services,
                                                             std::move(slot), std::move(player));
  // NOLINTNEXTLINE(bugprone-use-after-move): clang-tidy 14 misreads co_await behind a move
  co_await socket->run(std::move(request));
}

}  // namespace

asio::awaitable<void> talk(PlainStream stream, Services& services,
                           std::shared_ptr<Connections::Slot> slot, HttpRequest request,
                           Player player) {
  return run(std::move(stream), services, std::move(slot), std::move(request), std::move(player));
}

asio::awaitable<void> talk(TlsStream stream, Services& services,
                           std::shared_ptr<Connections::Slot> slot, HttpRequest request,
                           Player player) {
  return run(std::move(stream), services, std::move(slot), std::move(request), std::move(player));
}

}  // namespace segue::gateway
