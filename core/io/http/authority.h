#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace segue::io {

// The host that a Host header, or an origin behind its scheme, names: compared whole, never by its
// beginning.
struct Authority {
  std::string host;  // in small letters; of an IPv6 address with its brackets
  std::string port;  // empty: the scheme's own

  bool operator==(const Authority&) const = default;
  bool is_loopback() const { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }
};

// None: it is not host[:port], as a name, an IPv4 address or an IPv6 address in brackets.
inline std::optional<Authority> read_authority(std::string_view text) {
  const auto all = [](std::string_view part, std::string_view of) {
    return part.find_first_not_of(of) == std::string_view::npos;
  };
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kV6 = "0123456789abcdefABCDEF:.";
  // The letters that browsers and resolvers take in names; "_" stands in names of containers.
  constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  const bool v6 = text.starts_with('[');
  const std::size_t bracket = text.find(']');
  if (v6 && bracket == std::string_view::npos) return std::nullopt;
  const std::size_t end = v6 ? bracket + 1 : std::min(text.find(':'), text.size());
  const std::string_view host = text.substr(0, end);
  std::string_view port = text.substr(end);
  if (!port.empty()) {
    if (port.front() != ':') return std::nullopt;
    port.remove_prefix(1);
    if (port.empty() || port.size() > 5 || !all(port, kDigits)) return std::nullopt;
  }
  if (v6 ? host.size() < 4 || !all(host.substr(1, host.size() - 2), kV6)
         : host.empty() || !all(host, kName)) {
    return std::nullopt;
  }
  Authority read{.host = std::string(host), .port = std::string(port)};
  std::ranges::transform(read.host, read.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return read;
}

// A scheme's own port is as good as none.
inline void leave_out_usual_port(std::string_view scheme, Authority& authority) {
  if (scheme == "https" && authority.port == "443") authority.port.clear();
  if (scheme == "http" && authority.port == "80") authority.port.clear();
}

}  // namespace segue::io
