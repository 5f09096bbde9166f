#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "producers/gateway/log/listens.h"
#include "producers/gateway/routes/call.h"

namespace segue::gateway {

// How a path is answered. Streams have a route too, so that tokens, origins and limits are seen to
// in one place, but no handler: the connection takes over.
struct Route {
  std::string_view name;  // label of the metrics
  http::verb method = http::verb::get;
  std::string_view path;  // may end in one {…}
  enum class Token : std::uint8_t { none, bearer, listenbrainz, in_stream } token = Token::bearer;
  std::size_t body_bytes_max = 64 * 1024;
  Handler handler = nullptr;  // null: a stream
};

// The route of this request; null with a `refusal` that says why there is none.
struct Found {
  const Route* route = nullptr;
  std::string parameter;  // percent-decoded
  HttpResponse refusal;
};
Found find_route(const HttpRequest& request);

// Before anything else is looked at, what is refused or not found too: a 429 if the address asks
// too often.
std::optional<Refusal> too_often(Services& services, const std::string& address);

// Checks the origin and the token. The player, without a name where the route needs no token.
asio::awaitable<OrRefusal<Player>> pass(Services& services, const HttpRequest& request,
                                        const Route& route);

// A refusal in the words of the route's API.
HttpResponse refused(Services& services, const Route& route, const Player& player,
                     const Refusal& refusal);

// The token behind "Bearer " or another scheme in the request; empty if there is none.
std::string_view token_in(const HttpRequest& request, std::string_view scheme);

// Headers that every answer carries: what a browser of another origin needs, and what keeps
// browsers from guessing types.
void finish(const Services& services, const HttpRequest& request, HttpResponse& response);

// The largest body any route takes.
inline constexpr std::size_t kBodyBytesMax = kListensBytesMax;
inline constexpr std::string_view kStreamPath = "/v1/stream";
inline constexpr std::string_view kEventStreamPath = "/v1/recommendations/stream";

}  // namespace segue::gateway
