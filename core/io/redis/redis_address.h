#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace segue::io {

// Where a Redis, a sentinel or a cluster's node listens.
struct RedisAddress {
  std::string host;
  int port = 0;  // 0: host is the path of a Unix socket

  bool operator==(const RedisAddress&) const = default;
  bool operator<(const RedisAddress& other) const {
    return std::tie(host, port) < std::tie(other.host, other.port);
  }
  bool is_unix() const { return port == 0; }
  std::string text() const;
};

// redis.address taken apart: HOST:PORT or unix:/path, separated by commas. Throws
// std::runtime_error for anything else.
std::vector<RedisAddress> redis_addresses(std::string_view text);

// A host and port as Redis names them in an answer; port 0 where the port is none.
RedisAddress redis_address(std::string_view host, std::string_view port);

}  // namespace segue::io
