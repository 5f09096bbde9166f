#pragma once

#include <string>
#include <string_view>

namespace segue::io {

// Where something is read over HTTPS.
struct HttpsAddress {
  std::string host;  // of an IPv6 address without its brackets
  std::string port = "443";
  std::string target;   // path and query
  std::string written;  // as it stands in a Host header
};

// Throws std::invalid_argument for anything but https://host[:port][/path][?query].
HttpsAddress https_address(std::string_view url);

// "1" to "65535".
bool is_port(std::string_view text);

}  // namespace segue::io
