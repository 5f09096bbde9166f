#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::gateway {

// Which web sites may talk to the gateway from a browser. Programs send no Origin and are judged by
// their tokens alone.
class Origins {
 public:
  // Comma-separated "https://host[:port]". Throws std::invalid_argument for anything else. On a
  // developer's machine all that is served from the loopback may as well.
  explicit Origins(std::string_view list, bool loopback_too = false);
  // `host` is the request's Host: the gateway's own page may always.
  bool allows(std::string_view origin, std::string_view host) const;

 private:
  std::vector<std::string> allowed_;
  bool loopback_too_;
};

}  // namespace segue::gateway
