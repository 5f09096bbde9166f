#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::gateway {

// Which web sites may talk to the gateway from a browser. Programs send no Origin and are judged by
// their tokens alone.
class Origins {
 public:
  // Comma-separated "https://host[:port]". Throws std::invalid_argument for anything else.
  explicit Origins(std::string_view list);
  // `host` is the request's Host: the gateway's own page may always.
  bool allows(std::string_view origin, std::string_view host) const;

 private:
  std::vector<std::string> allowed_;
};

}  // namespace segue::gateway
