#include "producers/gateway/origins.h"

#include <algorithm>
#include <stdexcept>

namespace segue::gateway {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

// What follows "https://"; empty for anything else.
std::string_view host_of(std::string_view origin) {
  for (const std::string_view scheme : {kHttps, kHttp}) {
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  }
  return {};
}

bool is_loopback(std::string_view host) {
  constexpr std::string_view kNames[] = {"localhost", "127.0.0.1", "[::1]"};
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    return host == name || (host.starts_with(name) && host[name.size()] == ':');
  });
}

}  // namespace

Origins::Origins(std::string_view list, Own own) : own_(own) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    const std::string_view host = host_of(one);
    if (host.empty() || host.find_first_of("/*? ") != std::string_view::npos) {
      throw std::invalid_argument("\"" + std::string(one) +
                                  "\" is not like https://player.example");
    }
    allowed_.emplace_back(one);
  }
}

bool Origins::allows(std::string_view origin, std::string_view host) const {
  if (is_own(origin, host)) return true;
  if (own_.loopback_too && is_loopback(host_of(origin))) return true;
  return std::ranges::find(allowed_, origin) != allowed_.end();
}

bool Origins::is_own(std::string_view origin, std::string_view host) const {
  const std::string_view scheme = own_.tls ? kHttps : kHttp;
  return !host.empty() && origin.starts_with(scheme) && host_of(origin) == host;
}

}  // namespace segue::gateway
