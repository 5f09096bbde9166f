#pragma once

#include <string>
#include <string_view>
#include <vector>

// Where pods find Kafka and Redis.
namespace segue::admin {

struct Address {
  std::string host;
  std::string port;
};

// "HOST:PORT", separated by commas. Throws io::SettingsError, naming the setting, for one that a
// pod cannot reach: its own machine, or a socket's path.
std::vector<Address> addresses_for_pods(std::string_view setting, std::string_view text);

// "kafka" of "broker-0.kafka.kafka.svc.cluster.local"; empty: it is not in the cluster.
std::string namespace_of(std::string_view host);

// Rules of a NetworkPolicy that let pods reach these: their namespaces, or where a host is outside
// of the cluster, its port anywhere.
std::string egress_to(const std::vector<Address>& addresses);

}  // namespace segue::admin
