#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "core/io/https_address.h"

namespace segue::gateway {

namespace asio = boost::asio;

using io::HttpsAddress;

// The body of a 200, at most `bytes_max`; the server must have a certificate for the host. Follows
// no redirection. Throws std::runtime_error with the reason, after ten seconds at the latest.
asio::awaitable<std::string> https_get(const HttpsAddress& address, asio::ssl::context& tls,
                                       std::size_t bytes_max);

}  // namespace segue::gateway
