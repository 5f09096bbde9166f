#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>

namespace segue::gateway {

namespace asio = boost::asio;

// Where something is read over HTTPS.
struct HttpsAddress {
  std::string host;  // of an IPv6 address without its brackets
  std::string port = "443";
  std::string target;   // path and query
  std::string written;  // as it stands in a Host header
};

// Throws std::invalid_argument for anything but https://host[:port][/path][?query].
HttpsAddress https_address(std::string_view url);

// The body of a 200, at most `bytes_max`; the server must have a certificate for the host. Follows
// no redirection. Throws std::runtime_error with the reason, after ten seconds at the latest.
asio::awaitable<std::string> https_get(const HttpsAddress& address, asio::ssl::context& tls,
                                       std::size_t bytes_max);

}  // namespace segue::gateway
