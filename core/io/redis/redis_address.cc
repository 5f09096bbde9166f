#include "core/io/redis/redis_address.h"

#include <charconv>
#include <stdexcept>

namespace segue::io {
namespace {

constexpr std::string_view kUnix = "unix:";

RedisAddress one_address(std::string_view text) {
  if (text.starts_with(kUnix)) return {.host = std::string(text.substr(kUnix.size())), .port = 0};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  RedisAddress address = redis_address(text.substr(0, colon), text.substr(colon + 1));
  if (address.port == 0) address.host.clear();
  return address;
}

}  // namespace

std::string RedisAddress::text() const {
  if (is_unix()) return std::string(kUnix) + host;
  if (host.find(':') != std::string::npos) return "[" + host + "]:" + std::to_string(port);
  return host + ":" + std::to_string(port);
}

RedisAddress redis_address(std::string_view host, std::string_view port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  RedisAddress address{.host = std::string(host), .port = 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool whole = error == std::errc() && end == port.data() + port.size();
  if (!whole || address.port < 0 || address.port > 65'535) address.port = 0;
  return address;
}

std::vector<RedisAddress> redis_addresses(std::string_view text) {
  std::vector<RedisAddress> addresses;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    addresses.push_back(one_address(rest.substr(0, comma)));
    if (addresses.back().host.empty()) {
      throw std::runtime_error("redis.address is \"" + std::string(text) +
                               "\", but must be HOST:PORT or unix:/path/to/socket, several "
                               "separated by commas.");
    }
    if (comma == std::string_view::npos) return addresses;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace segue::io
