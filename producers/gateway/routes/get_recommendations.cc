#include <algorithm>
#include <chrono>

#include "consumers/player/list_text.h"
#include "core/io/clock.h"
#include "core/io/http/header_values.h"
#include "core/io/server_watch.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/push/first_list.h"
#include "producers/gateway/push/series.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

using Clock = std::chrono::steady_clock;

// A first list takes some milliseconds; a player that waits longer had better ask again.
constexpr std::chrono::seconds kFirstListWithin{2};

// Without the W/ that goes before it: the catalogue's entry of a track may change under it. The
// series tells apart versions of other listeners and other installations.
std::string tag_of(const Call& call, const player::List& list) {
  std::string tag =
      "\"" + std::to_string(list.version) + "-" + series_of(call.services, call.player);
  if (list.stands_in >= 0) tag += "-n" + std::to_string(list.stands_in);
  // A list that has lost a text is another one.
  if (list.gone > 0) tag += "-" + std::to_string(list.gone);
  // A list that a player keeps must not outlast the addresses in it.
  if (call.services.audio.served()) {
    tag += "-" + std::to_string(call.services.addresses.period(wall_clock()));
  }
  return tag + "\"";
}

// None came in time, or what keeps or makes them does not answer. A list that was asked for does
// not come while Kafka is away, whatever became of the asking.
Refusal no_list(FirstList found) {
  if (found == FirstList::no_store) return no_store();
  if (found == FirstList::no_log || io::is_away(io::Server::kafka)) {
    return {http::status::service_unavailable, "no_log",
            "no list can be made now: Kafka does not answer", kSecond};
  }
  return {http::status::service_unavailable, "no_list_yet", "there is no list yet; ask again",
          kSecond};
}

struct FoundList {
  player::ListPtr list;  // null: there is none, as `last` says
  FirstList last = FirstList::not_yet;
};

asio::awaitable<FoundList> list_for(Call& call) {
  Services& services = call.services;
  const std::string& listener = call.player.listener;
  Wakeup wakeup(services.context.get_executor());
  player::Outbox outbox([&wakeup] { wakeup.wake(); }, -1);
  const auto subscription = services.delivery.subscribe(listener, outbox);
  const auto until = Clock::now() + kFirstListWithin;
  Backoff backoff;
  FoundList found;
  while (!services.delivery.latest(listener) && Clock::now() < until) {
    found.last = co_await look_for_list(services, call.player);
    const bool soon = found.last == FirstList::not_yet;
    if (!soon && found.last != FirstList::coming) break;
    co_await wakeup.wait_until(soon ? std::min(until, Clock::now() + backoff.next()) : until);
  }
  found.list = services.delivery.latest(listener);
  co_return found;
}

}  // namespace

Answer get_recommendations(Call& call) {
  Services& services = call.services;
  const FoundList found = co_await list_for(call);
  const player::ListPtr& list = found.list;
  if (!list) co_return no_list(found.last);
  const std::string tag = tag_of(call, *list);
  const bool same = io::names_tag(field(call.request, http::field::if_none_match), tag);
  HttpResponse response =
      same ? HttpResponse{http::status::not_modified, 11}
           : json_response(http::status::ok, player::list_text(*list, services.catalogue));
  response.set(http::field::etag, "W/" + tag);
  response.set(http::field::vary, "Authorization");
  response.set(http::field::cache_control, "private, no-cache");
  co_return response;
}

}  // namespace segue::gateway
