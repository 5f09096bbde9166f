#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "producers/gateway/push/streams.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// Serves one connection to its end: requests one after the other, or one stream. Headers of more
// than 16 KiB, bodies over their route's limit and what takes longer than gateway.request_within_s
// to arrive or to be read is refused; silence ends after gateway.idle_timeout_s. Never throws for
// what a peer does.
asio::awaitable<void> serve(PlainStream stream, Services& services,
                            std::shared_ptr<Connections::Slot> slot);
asio::awaitable<void> serve(TlsStream stream, Services& services,
                            std::shared_ptr<Connections::Slot> slot);

}  // namespace segue::gateway
