#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "consumers/player/jobs.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// How far the listener's jobs are, for a player who connects. Nothing of an erased listener's jobs
// from before the erasure, of a listener who wants no composed music by now, or while Redis is
// away.
boost::asio::awaitable<std::vector<player::ResultPtr>> progress_now(Services& services,
                                                                    std::string listener);

// Tells the listener's players who are connected, under the same conditions.
boost::asio::awaitable<void> tell_progress(Services& services, player::ResultPtr news);

}  // namespace segue::gateway
