#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "producers/gateway/http/http.h"
#include "producers/gateway/push/streams.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// One player's WebSocket, JSON texts of at most 64 KiB.
//   up    {"hello": {"token": …, "version": n, "series": s}}
//         first, unless the request carried the token; `version` is the newest list the player has,
//         of the series that `ready` named
//         events, as POST /v1/events takes them; each has a number, from 1
//   down  {"ready": {"series": s, "time": t}}   the token is good; in another series than the one
//                                               before versions restart; `time` is the gateway's
//         {"recommendations": {…}}              a newer list replaces one that waits
//         {"generation": {…}}                   how far a track is that is composed for the
//         listener
//         {"ack": n, "version": v}              events up to n are in the log, or were refused; the
//                                               first list of v or later knows of those in the log
//         {"error": {"code", "detail", "event"}}  of one event or message
//         {"erased": {}}                        all that was known of the listener is gone
// Closed with 1001 when the gateway drains, 1007 for a message that is no list of events, 1008 for
// a bad token or silence before hello, 1009 for too large a message, 1013 when Kafka does not
// confirm: connect again and send what has no ack.
asio::awaitable<void> talk(PlainStream stream, Services& services,
                           std::shared_ptr<Connections::Slot> slot, HttpRequest request,
                           Player player);
asio::awaitable<void> talk(TlsStream stream, Services& services,
                           std::shared_ptr<Connections::Slot> slot, HttpRequest request,
                           Player player);

}  // namespace segue::gateway
