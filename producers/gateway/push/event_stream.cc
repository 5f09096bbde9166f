#include "producers/gateway/push/event_stream.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <memory>

#include "consumers/player/job_text.h"
#include "consumers/player/list_text.h"
#include "core/io/clock.h"
#include "producers/gateway/http/http.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/push/first_list.h"
#include "producers/gateway/push/progress.h"
#include "producers/gateway/push/series.h"
#include "producers/gateway/routes/routes.h"

namespace segue::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = player::Outbox::Message::Kind;

// An event's id is "<version>-<series>". -1: none was named.
std::int64_t version_seen(const HttpRequest& request, std::string_view series) {
  const std::string_view given = request["Last-Event-ID"];
  std::int64_t version = -1;
  const auto [end, wrong] = std::from_chars(given.data(), given.data() + given.size(), version);
  const std::string_view rest = given.substr(static_cast<std::size_t>(end - given.data()));
  return version_within(series, version, rest.starts_with('-') ? rest.substr(1) : rest);
}

// The state that the two coroutines of a stream share: one writes, the other notices that the peer
// leaves.
struct EventStream {
  EventStream(const asio::any_io_executor& executor, std::string its_series, std::int64_t seen)
      : series(std::move(its_series)), wakeup(executor), outbox([this] { wakeup.wake(); }, seen) {}
  const std::string series;
  Wakeup wakeup;
  player::Outbox outbox;
  bool over = false;
};

HttpResponse head(const Services& services, const HttpRequest& request) {
  HttpResponse response{http::status::ok, 11};
  response.set(http::field::content_type, "text/event-stream");
  response.set(http::field::cache_control, "no-store, no-transform");
  // nginx, and proxies that learnt it from there, pass each event on at once.
  response.set("X-Accel-Buffering", "no");
  finish(services, request, response);
  response.keep_alive(false);
  return response;
}

template <class Stream>
class Sender {
 public:
  Sender(Stream& stream, Services& services, EventStream& state)
      : stream_(stream), services_(services), state_(state) {}

  asio::awaitable<void> run(const HttpRequest& request, Micros until) {
    chunked_ = request.version() >= kHttp11;
    // The comment lets readers and proxies that wait for a first byte go on.
    if (!co_await write_head(request) || !co_await write(":\n\n")) co_return;
    const std::chrono::seconds beat(
        std::max<std::int64_t>(services_.settings.idle_timeout_s / 2, 1));
    while (!state_.over && wall_clock() < until) {
      const std::chrono::microseconds left(std::clamp<Micros>(until - wall_clock(), 0, kHour));
      const auto pause = std::min<Clock::duration>(beat, left);
      const bool woken = co_await state_.wakeup.wait_until(Clock::now() + pause);
      if (!woken && wall_clock() < until && !co_await write(":\n\n")) co_return;
      while (auto message = state_.outbox.take()) {
        if (!co_await write(text_of(*message))) co_return services_.metrics.push("slow");
        if (message->kind == Kind::list) services_.metrics.push("sent");
      }
    }
    if (chunked_) co_await send("0\r\n\r\n");
  }

 private:
  std::string text_of(const player::Outbox::Message& message) const {
    if (message.kind == Kind::erased) return "event: erased\ndata: {}\n\n";
    if (message.kind == Kind::progress) {
      return "event: generation\ndata: " +
             player::progress_text(*message.progress, services_.catalogue) + "\n\n";
    }
    return "id: " + std::to_string(message.list->version) + "-" + state_.series +
           "\nevent: recommendations\ndata: " +
           player::list_text(*message.list, services_.catalogue) + "\n\n";
  }

  asio::awaitable<bool> write_head(const HttpRequest& request) {
    const HttpResponse response = head(services_, request);
    std::string text;
    text = "HTTP/1.1 200 OK\r\n";
    for (const auto& each : response) {
      text.append(each.name_string().data(), each.name_string().size()).append(": ");
      text.append(each.value().data(), each.value().size()).append("\r\n");
    }
    if (chunked_) text += "Transfer-Encoding: chunked\r\n";
    co_return co_await send(text + "\r\n");
  }

  // An event is a chunk: readers in blocks get it when it comes, and not when the next one fills
  // their block. Before HTTP/1.1 the stream ends with the connection.
  asio::awaitable<bool> write(const std::string& text) {
    if (!chunked_) co_return co_await send(text);
    std::array<char, 20> size{};
    const auto [end, wrong] =
        std::to_chars(size.data(), size.data() + size.size(), text.size(), 16);
    co_return co_await send(std::string(size.data(), end) + "\r\n" + text + "\r\n");
  }

  asio::awaitable<bool> send(std::string text) {
    beast::get_lowest_layer(stream_).expires_after(
        std::chrono::seconds(services_.settings.request_within_s));
    const auto [wrong, bytes] = co_await asio::async_write(stream_, asio::buffer(text), kAsTuple);
    beast::get_lowest_layer(stream_).expires_never();
    co_return !wrong;
  }

  Stream& stream_;
  Services& services_;
  EventStream& state_;
  bool chunked_ = false;
};

// A peer that leaves is noticed by reading; one that talks has nothing to say here.
template <class Stream>
asio::awaitable<void> watch(Stream& stream, std::shared_ptr<EventStream> state) {
  char byte = 0;
  co_await stream.async_read_some(asio::buffer(&byte, 1), kAsTuple);
  state->over = true;
  state->wakeup.wake();
}

template <class Stream>
asio::awaitable<void> run(Stream& stream, Services& services, Connections::Slot& slot,
                          const HttpRequest& request, Player player) {
  std::string series = series_of(services, player);
  const std::int64_t seen = version_seen(request, series);
  const auto state =
      std::make_shared<EventStream>(services.context.get_executor(), std::move(series), seen);
  const auto subscription = services.delivery.subscribe(player.listener, state->outbox);
  slot.on_leave([state] {
    state->over = true;
    state->wakeup.wake();
  });
  const auto jobs = co_await progress_now(services, player.listener);
  for (const auto& job : jobs) state->outbox.put(job);
  beast::get_lowest_layer(stream).expires_never();
  const Micros until = player.expires;
  asio::co_spawn(services.context, ensure_list(services, std::move(player)), kRethrow);
  Wakeup watched(services.context.get_executor());
  asio::co_spawn(services.context, watch(stream, state),
                 [&watched](const std::exception_ptr&) { watched.wake(); });
  services.metrics.stream("sse", 1);
  // NOLINTNEXTLINE(bugprone-use-after-move): clang-tidy 14 misreads co_await behind a move
  co_await Sender<Stream>(stream, services, *state).run(request, until);
  services.metrics.stream("sse", -1);
  slot.on_leave(nullptr);
  beast::get_lowest_layer(stream).close();
  // The watcher reads from the stream, which must not go before it.
  co_await watched.wait_until(Clock::time_point::max());
}

}  // namespace

asio::awaitable<void> send_events(PlainStream& stream, Services& services, Connections::Slot& slot,
                                  const HttpRequest& request, Player player) {
  return run(stream, services, slot, request, std::move(player));
}

asio::awaitable<void> send_events(TlsStream& stream, Services& services, Connections::Slot& slot,
                                  const HttpRequest& request, Player player) {
  return run(stream, services, slot, request, std::move(player));
}

}  // namespace segue::gateway
