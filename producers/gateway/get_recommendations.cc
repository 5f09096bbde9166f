#include <boost/asio/co_spawn.hpp>

#include "consumers/player/list_text.h"
#include "producers/gateway/answers.h"
#include "producers/gateway/first_list.h"
#include "producers/gateway/wakeup.h"

namespace segue::gateway {
namespace {

// A first list takes some milliseconds; whoever waits longer had better ask again.
constexpr std::chrono::seconds kFirstListWithin{2};

std::string etag_of(std::int64_t version) { return "\"" + std::to_string(version) + "\""; }

// If-None-Match: "7", W/"7", a list of them, or *.
bool names(std::string_view if_none_match, const std::string& etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

Answer get_recommendations(Call& call) {
  Desk& desk = call.desk;
  Wakeup wakeup(desk.context.get_executor());
  player::Outbox outbox([&wakeup] { wakeup.wake(); }, -1);
  const auto subscription = desk.delivery.subscribe(call.player.listener, outbox);
  player::ListPtr list = desk.delivery.latest(call.player.listener);
  if (!list && co_await ensure_list(desk, call.player)) {
    const auto until = std::chrono::steady_clock::now() + kFirstListWithin;
    while (!(list = desk.delivery.latest(call.player.listener))) {
      if (!co_await wakeup.wait_until(until)) break;
    }
  }
  if (!list) {
    co_return try_later(http::status::service_unavailable, "no_list_yet",
                        "there is no list yet; ask again", kSecond);
  }
  const std::string etag = etag_of(list->version);
  const bool same = names(field(call.request, http::field::if_none_match), etag);
  HttpResponse response =
      same ? HttpResponse{http::status::not_modified, 11}
           : json_response(http::status::ok, player::list_text(*list, desk.catalogue));
  response.set(http::field::etag, etag);
  response.set(http::field::cache_control, "private, no-cache");
  co_return response;
}

}  // namespace segue::gateway
