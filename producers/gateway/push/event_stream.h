#pragma once

#include <boost/asio/awaitable.hpp>

#include "producers/gateway/http/http.h"
#include "producers/gateway/push/streams.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// Server-Sent Events: the listener's lists as they change, `id` being the version, and without one
// how far their composed tracks are, until the peer
// leaves, its token expires or the gateway drains. Last-Event-ID is the version it has.
asio::awaitable<void> send_events(PlainStream& stream, Services& services, Connections::Slot& slot,
                                  const HttpRequest& request, Player player);
asio::awaitable<void> send_events(TlsStream& stream, Services& services, Connections::Slot& slot,
                                  const HttpRequest& request, Player player);

}  // namespace segue::gateway
