#include "producers/gateway/push/newcomers.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <utility>

#include "core/ids.h"
#include "producers/gateway/http/wakeup.h"
#include "producers/gateway/push/first_list.h"

namespace segue::gateway {
namespace {

// Longer than any token's sub may be.
Player newcomer_in(std::int32_t partition, std::int32_t partitions, const Pseudonyms& pseudonyms) {
  Player player;
  for (int number = 0;; ++number) {
    player.subject = std::string(kIdBytesMax, ' ') + std::to_string(number);
    player.listener = pseudonyms.of(player.subject);
    if (partition_of(player.listener, partitions) == partition) return player;
  }
}

asio::awaitable<void> ask_for_list(Services& services, Player newcomer) {
  // It is shown also to a listener who refused such music a moment ago and is not known yet.
  AiMusicSaid none;
  none.mode = AiMode::off;
  co_await have_list_made(services, newcomer, none);
}

}  // namespace

Newcomers::Newcomers(const Pseudonyms& pseudonyms, std::int32_t partitions) {
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    newcomers_.push_back({.player = newcomer_in(partition, partitions, pseudonyms)});
  }
}

// Looks again and again rather than subscribe: what is subscribed must end before the delivery
// does.
asio::awaitable<player::ListPtr> Newcomers::list_for(Services& services,
                                                     const std::string& listener,
                                                     std::int64_t from) {
  const auto partitions = static_cast<std::int32_t>(newcomers_.size());
  Newcomer& newcomer = newcomers_[static_cast<std::size_t>(partition_of(listener, partitions))];
  const auto now = Clock::now();
  const auto there = [&] {
    player::ListPtr list = services.delivery.latest(newcomer.player.listener);
    return list && list->version >= from ? list : nullptr;
  };
  if (newcomer.asked + (there() ? kFor : kPause) <= now) {
    newcomer.asked = now;
    asio::co_spawn(services.context, ask_for_list(services, newcomer.player), kRethrow);
  }
  asio::steady_timer timer(services.context);
  Backoff backoff;
  while (!there() && Clock::now() < now + kWithin) {
    timer.expires_after(backoff.next());
    co_await timer.async_wait(kAsTuple);
  }
  co_return there();
}

}  // namespace segue::gateway
