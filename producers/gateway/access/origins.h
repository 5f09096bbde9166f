#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/http/authority.h"

namespace segue::gateway {

// Which web sites, apps and extensions may talk to the gateway from a browser. Programs send no
// Origin and are judged by their tokens alone. Names are compared whole.
class Origins {
 public:
  struct Own {
    bool tls = false;           // the gateway's own page is an https one
    bool loopback_too = false;  // a developer's machine: all that it serves may
  };
  // An origin, taken apart: scheme and host in small letters, the scheme's own port left out.
  struct Origin {
    std::string scheme;
    io::Authority authority;
    bool operator==(const Origin&) const = default;
  };

  // Comma-separated "https://host[:port]", or of an app or an extension "scheme://name". Throws
  // std::invalid_argument for anything else, "null" and "*" too.
  Origins(std::string_view list, Own own);
  // `host` is the request's Host: the gateway's own page may always. Its scheme counts: a server
  // that can answer for the host without TLS may be another.
  bool allows(std::string_view origin, std::string_view host) const;

 private:
  bool is_own(const Origin& origin, std::string_view host) const;

  std::vector<Origin> allowed_;
  Own own_;
};

// None: no origin that could be listed.
std::optional<Origins::Origin> read_origin(std::string_view text);

}  // namespace segue::gateway
