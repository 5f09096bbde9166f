#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "consumers/player/list.h"
#include "producers/gateway/access/secret.h"
#include "producers/gateway/routes/player.h"

namespace segue::gateway {

struct Services;
namespace asio = boost::asio;

// In each partition of segue.events.v1 a listener whom no token can name and who never plays: their
// list is what somebody unknown would be given. A player that only asks is shown it, so that asking
// leaves nothing behind, until there is one of their own. The network thread's.
class Newcomers {
 public:
  Newcomers(const Pseudonyms& pseudonyms, std::int32_t partitions);

  // The list of the newcomer in this listener's partition, of `from` or a later version; waited for
  // at most kWithin. Null: none came. Has a newer one made at most every kFor, or every kPause
  // where the one there is too old.
  asio::awaitable<player::ListPtr> list_for(Services& services, const std::string& listener,
                                            std::int64_t from);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFor{60};
  static constexpr std::chrono::seconds kPause{1};
  static constexpr std::chrono::seconds kWithin{2};

  struct Newcomer {
    Player player;
    Clock::time_point asked = {};  // long ago
  };
  std::vector<Newcomer> newcomers_;  // by partition
};

}  // namespace segue::gateway
