#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "consumers/player/list.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// The result of a look for a listener's list.
enum class FirstList : std::uint8_t {
  there,     // the delivery has one
  coming,    // there is none yet; the recommender was asked, and the delivery will bring it
  not_yet,   // Redis has only one that was superseded or erased, somebody looks already, or one was
             // asked for a moment ago
  not_made,  // no recommender made one in time
  no_store,  // Redis does not answer, or too many wait for it
  no_log,    // Kafka does not answer
};

// Looks for the list Redis keeps, or else for the newcomers'; of a listener of whom more is kept
// than a list, has one made. Returns at once where one is known.
asio::awaitable<FirstList> look_for_list(Services& services, Player player);

// Has a list made by an event that says a session begins, unless one is on.
asio::awaitable<FirstList> have_list_made(Services& services, const Player& player,
                                          AiMusicSaid ai_music = {});

// A stored list with the names that listeners sent, as far as they are still there. None: Redis
// does not answer.
asio::awaitable<std::optional<player::List>> with_names(Services& services, Snapshot snapshot);

// Shows the players of an erased listener, who are connected, the newcomers' list until there is
// one of their own; nothing of it is kept. Returns at once where somebody does so already.
asio::awaitable<void> show_newcomers_meanwhile(Services& services, std::string listener);

// How long to wait before looking again: Redis has a list some milliseconds after the topic, or
// is away for longer.
class Backoff {
 public:
  std::chrono::milliseconds next() { return std::exchange(wait_, std::min(2 * wait_, kMax)); }

 private:
  static constexpr std::chrono::milliseconds kFirst{20};
  static constexpr std::chrono::milliseconds kMax{5'000};
  std::chrono::milliseconds wait_ = kFirst;
};

// Sees to it that the delivery gets a list of this listener: looks again and again while they are
// connected and none is known. Returns at once where somebody does so already.
asio::awaitable<void> ensure_list(Services& services, Player player);

}  // namespace segue::gateway
