#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/config.h"

namespace boost::asio::ssl {
class context;
}

namespace segue::io {

// Where a collector takes spans: "http[s]://HOST[:PORT][/PATH]", port 4318 unless it is named.
// Throws SettingsError for another text.
struct Collector {
  bool tls = false;
  std::string host;
  std::string port = "4318";
  std::string path = "/v1/traces";
};
Collector collector_of(const std::string& endpoint);

// Throws SettingsError, in one line, for an address of no collector, and for a file of authorities
// that cannot be read or that no TLS would use.
void check_traces(const TracesConfig& config);

// Posts to a collector, each time by a connection of its own: a collector behind a name may have
// moved. Over TLS (1.2 or later) the certificate must be signed by traces.ca, else by one of the
// system's authorities, and name the host. One thread.
class CollectorClient {
 public:
  // Throws SettingsError as check_traces does. Requires: traces.endpoint is set.
  explicit CollectorClient(const TracesConfig& config);
  ~CollectorClient();
  CollectorClient(const CollectorClient&) = delete;
  CollectorClient& operator=(const CollectorClient&) = delete;

  // The answer's status; none: there was no answer in time, or no trust. `why` says what became of
  // it, for a person.
  std::optional<unsigned> post(const std::string& body, std::chrono::steady_clock::duration within,
                               std::string& why);

 private:
  void read_authorities();

  const Collector collector_;
  const std::string authorities_;  // a PEM file; empty: the system's
  // None before the first request, and after one that failed: a renewed file is read then.
  std::unique_ptr<boost::asio::ssl::context> tls_;
};

}  // namespace segue::io
