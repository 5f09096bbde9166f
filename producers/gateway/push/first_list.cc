#include "producers/gateway/push/first_list.h"

#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "consumers/player/listeners_names.h"
#include "core/io/clock.h"
#include "core/io/log.h"
#include "core/list/snapshot.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {
namespace {

// Shows somebody unknown what any newcomer is shown. Nothing of it is kept but in this process.
asio::awaitable<FirstList> show_newcomers_list(Services& services, const Player& player) {
  const std::int64_t from = services.delivery.news_from(player.listener);
  const player::ListPtr list =
      co_await services.newcomers.list_for(services, player.listener, from);
  // Their own list or an erasure came meanwhile: a list that stands in would be older than that.
  if (services.delivery.news_from(player.listener) != from) co_return FirstList::not_yet;
  if (list) services.delivery.stand_in(player.listener, *list);
  co_return services.delivery.latest(player.listener) ? FirstList::there : FirstList::not_made;
}

// Has one made unless that was done a moment ago: workers that lag are not given more to do.
asio::awaitable<FirstList> have_one_made(Services& services, const Player& player) {
  // It may have been erased since: a player that waits for it looks again.
  if (services.lists_made.left(player.listener, steady_clock()).left < 1)
    co_return FirstList::not_yet;
  const FirstList found = co_await have_list_made(services, player);
  // A list that Kafka did not take is asked for again.
  if (found == FirstList::coming) services.lists_made.take(player.listener, 1, steady_clock());
  co_return found;
}

asio::awaitable<FirstList> fetch(Services& services, const Player& player) {
  const auto values = co_await services.reads.read(player.listener, "ru");
  if (!values) co_return FirstList::no_store;
  const auto& blob = values->front();
  const bool known = values->back().has_value();
  if (!blob && services.delivery.was_listed(player.listener)) co_return FirstList::not_yet;
  // Redis' state may be older than the erasure: a worker publishes first, then applies. A
  // newcomers' list would then be older than the erasure, and a player drops it.
  const bool erased = services.delivery.news_from(player.listener) > 0;
  if (!blob && !known && !erased) co_return co_await show_newcomers_list(services, player);
  if (!blob) co_return co_await have_one_made(services, player);
  auto snapshot = decode_snapshot(*blob);
  if (!snapshot) {
    io::log::warn("A stored list cannot be read.", {{"error", snapshot.error().detail}});
    co_return co_await have_one_made(services, player);  // which takes its place
  }
  auto list = co_await with_names(services, std::move(*snapshot));
  if (!list) co_return FirstList::no_store;
  services.delivery.offer(player.listener, std::move(*list));
  co_return services.delivery.latest(player.listener) ? FirstList::there : FirstList::not_yet;
}

}  // namespace

asio::awaitable<std::optional<player::List>> with_names(Services& services, Snapshot snapshot) {
  const std::int64_t version = snapshot.version;
  player::List list{.version = version, .published = {}, .snapshot = std::move(snapshot)};
  list.at = steady_clock();  // what is read below may leave from now on
  std::vector<ItemId> unnamed = player::unnamed(list.snapshot, services.catalogue);
  list.has_listeners_names = !unnamed.empty();
  const auto items = co_await services.reads.items(std::move(unnamed));
  if (!items) co_return std::nullopt;
  list.gone = player::give_names(list.snapshot, services.catalogue, *items);
  co_return list;
}

asio::awaitable<FirstList> have_list_made(Services& services, const Player& player,
                                          AiMusicSaid ai_music) {
  // Without a number: a retry of it would do no harm, and no window is spent on it. Without a
  // session: one that is on goes on.
  EventDraft draft;
  draft.type = EventType::session_started;
  draft.ai_music = ai_music;
  std::vector<ReadEvent> begins;
  begins.push_back(made_event(std::move(draft), player, wall_clock()));
  const auto published = co_await services.confirmations.publish_all(std::move(begins));
  co_return published.in_log == 1 ? FirstList::coming : FirstList::no_log;
}

asio::awaitable<FirstList> look_for_list(Services& services, Player player) {
  if (services.delivery.latest(player.listener)) co_return FirstList::there;
  if (!services.first_lists.insert(player.listener).second) co_return FirstList::not_yet;
  const FirstList found = co_await fetch(services, player);
  services.first_lists.erase(player.listener);
  co_return found;
}

asio::awaitable<void> show_newcomers_meanwhile(Services& services, std::string listener) {
  if (!services.stand_ins_sought.insert(listener).second) co_return;
  asio::steady_timer timer(services.context);
  Backoff backoff;
  while (services.delivery.awaited(listener) && !services.delivery.latest(listener)) {
    const std::int64_t from = services.delivery.news_from(listener);
    const player::ListPtr list = co_await services.newcomers.list_for(services, listener, from);
    if (list && services.delivery.news_from(listener) == from) {
      services.delivery.show_once(listener, *list);
      break;
    }
    timer.expires_after(backoff.next());
    co_await timer.async_wait(kAsTuple);
  }
  services.stand_ins_sought.erase(listener);
}

asio::awaitable<void> ensure_list(Services& services, Player player) {
  if (!services.list_seekers.insert(player.listener).second) co_return;
  asio::steady_timer timer(services.context);
  Backoff backoff;
  while (services.delivery.awaited(player.listener)) {
    const FirstList found = co_await look_for_list(services, player);
    if (found == FirstList::there || found == FirstList::coming) break;
    timer.expires_after(backoff.next());
    co_await timer.async_wait(kAsTuple);
  }
  services.list_seekers.erase(player.listener);
}

}  // namespace segue::gateway
