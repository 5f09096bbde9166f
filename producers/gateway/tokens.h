#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace segue::gateway {

// Who a token speaks for, and until when.
struct Claims {
  std::string subject;
  Micros expires = 0;
};

// What became of a token: claims, or why there are none, as a static text for its bearer.
struct Checked {
  Claims claims;
  std::string_view refusal;  // empty: accepted
};

// Checks JSON Web Tokens (RFC 7519). The key alone decides the algorithm, so that no token can
// choose a weaker one: a PEM public key means RS256, ES256 or EdDSA by its kind, anything else is
// an HS256 secret. Several PEM keys may follow each other while keys are changed. One thread.
class Tokens {
 public:
  struct Rules {
    std::string key;
    std::string issuer;  // empty: not asked
    std::string audience;
  };
  // Throws std::invalid_argument for a key that is no key: a secret under 32 bytes, an RSA key
  // under 2,048 bits, a curve other than P-256.
  explicit Tokens(const Rules& rules);
  ~Tokens();
  Tokens(Tokens&&) noexcept;

  // Requires of a token: signature, `sub` (a text of 1 to 128 bytes), `exp`, `aud` that names the
  // audience, `iss` if one is set; `nbf` where it stands.
  Checked check(std::string_view token, Micros now) const;

  // For --dev. Requires: the key is a secret.
  std::string issue(std::string_view subject, std::chrono::seconds valid, Micros now) const;
  bool has_secret() const;

 private:
  struct Key;
  Rules rules_;
  std::vector<Key> keys_;
};

}  // namespace segue::gateway
