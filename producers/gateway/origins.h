#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::gateway {

// Which web sites may talk to the gateway from a browser. Programs send no Origin and are judged by
// their tokens alone.
class Origins {
 public:
  struct Own {
    bool tls = false;           // the gateway's own page is an https one
    bool loopback_too = false;  // a developer's machine: all that it serves may
  };
  // Comma-separated "https://host[:port]". Throws std::invalid_argument for anything else.
  Origins(std::string_view list, Own own);
  // `host` is the request's Host: the gateway's own page may always. Its scheme counts: whoever
  // can answer for the host without TLS is somebody else.
  bool allows(std::string_view origin, std::string_view host) const;

 private:
  bool is_own(std::string_view origin, std::string_view host) const;

  std::vector<std::string> allowed_;
  Own own_;
};

}  // namespace segue::gateway
