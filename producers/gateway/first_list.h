#pragma once

#include <boost/asio/awaitable.hpp>

#include "producers/gateway/desk.h"

namespace segue::gateway {

// Sees to it that the delivery has a list of this listener: the one Redis keeps, or else, by an
// event that says a session begins, the first one. Returns at once where one is known; false if
// Redis or Kafka do not answer. The list itself may come a moment later, through the delivery.
asio::awaitable<bool> ensure_list(Desk& desk, Player player);

}  // namespace segue::gateway
