#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "producers/gateway/http/http.h"
#include "producers/gateway/services.h"

namespace segue::gateway {

// One HTTP request on its way to an answer.
struct Call {
  Services& services;
  const HttpRequest& request;
  const std::string& address;
  std::string_view path;                // without the query
  std::string_view parameter;           // what stands for {…} in the route's path
  Player player;                        // of routes that need a token
  double paid = 0;                      // of the listener's events, for this body
  std::optional<AudioPart> audio = {};  // set by the answer: the file that follows its head
};

using Answer = asio::awaitable<OrRefusal<HttpResponse>>;

// A route's answer. The call outlives it.
using Handler = Answer (*)(Call& call);

}  // namespace segue::gateway
