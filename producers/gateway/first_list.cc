#include "producers/gateway/first_list.h"

#include <utility>

#include "core/io/log.h"
#include "core/snapshot.h"

namespace segue::gateway {
namespace {

asio::awaitable<bool> fetch(Desk& desk, const Player& player) {
  const auto values = co_await desk.reads.read(player.listener, "r");
  if (!values) co_return false;
  if (const auto& blob = values->front()) {
    auto snapshot = decode_snapshot(*blob);
    if (!snapshot) {
      io::log::warn("A stored list cannot be read.", {{"error", snapshot.error().detail}});
      co_return false;
    }
    const std::int64_t version = snapshot->version;
    desk.delivery.offer(player.listener,
                        {.version = version, .published = {}, .snapshot = std::move(*snapshot)});
    co_return true;
  }
  // Without a number: a retry of it would do no harm, and no window is spent on it.
  EventDraft draft;
  draft.type = EventType::session_started;
  draft.session_id = random_uuid();
  std::vector<ReadEvent> begins;
  begins.push_back(made_event(std::move(draft), player, wall_clock()));
  co_return co_await desk.confirmations.publish_all(std::move(begins)) == 1;
}

}  // namespace

asio::awaitable<bool> ensure_list(Desk& desk, Player player) {
  if (desk.delivery.latest(player.listener)) co_return true;
  if (!desk.first_lists.insert(player.listener).second) co_return true;  // somebody sees to it
  const bool seen_to = co_await fetch(desk, player);
  desk.first_lists.erase(player.listener);
  co_return seen_to;
}

}  // namespace segue::gateway
