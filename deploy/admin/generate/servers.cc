#include "deploy/admin/generate/servers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/io/settings/settings.h"

namespace segue::admin {
namespace {

bool is_own_machine(std::string_view host) {
  return host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "0.0.0.0";
}

}  // namespace

std::vector<Address> addresses_for_pods(std::string_view setting, std::string_view text) {
  std::vector<Address> addresses;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string one(text.substr(at, comma - at));
    std::erase(one, ' ');
    const std::size_t colon = one.rfind(':');
    if (one.starts_with("unix:") || colon == std::string::npos || colon + 1 == one.size()) {
      throw io::SettingsError(std::string(setting) + ": \"" + one +
                              "\" is no HOST:PORT that a pod could reach");
    }
    Address address{one.substr(0, colon), one.substr(colon + 1)};
    if (is_own_machine(address.host)) {
      throw io::SettingsError(std::string(setting) + ": " + one +
                              " would be the pod itself; say where it is in the cluster");
    }
    addresses.push_back(std::move(address));
    at = comma + 1;
  }
  return addresses;
}

std::string namespace_of(std::string_view host) {
  constexpr std::string_view kService = ".svc";
  const std::size_t service = host.find(kService);
  if (service == std::string_view::npos) return {};
  const std::string_view after = host.substr(service + kService.size());
  const std::string_view before = host.substr(0, service);
  const std::size_t dot = before.rfind('.');
  if ((!after.empty() && after.front() != '.') || dot == std::string_view::npos) return {};
  return std::string(before.substr(dot + 1));
}

std::string egress_to(const std::vector<Address>& addresses) {
  std::set<std::pair<std::string, std::string>> rules;  // namespace and port
  for (const Address& one : addresses) rules.emplace(namespace_of(one.host), one.port);
  std::string text;
  for (const auto& [space, port] : rules) {
    if (space.empty()) {
      text += "    # It is not in the cluster.\n    - ports:\n";
    } else {
      text +=
          "    - to:\n        - namespaceSelector:\n            matchLabels:\n"
          "              kubernetes.io/metadata.name: " +
          space + "\n      ports:\n";
    }
    text += "        - port: " + port + "\n";
  }
  return text;
}

}  // namespace segue::admin
