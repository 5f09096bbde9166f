#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "producers/gateway/access/keys/verifying_key.h"

namespace segue::gateway {

// The listener a token speaks for, and until when.
struct Claims {
  std::string subject;
  Micros expires = 0;
};

// The outcome of a check: claims, or why there are none, as a static text for its bearer.
struct Checked {
  Claims claims;
  std::string_view refusal;  // empty: accepted
  bool unknown_key = false;  // it names a key that is not here, perhaps a newer one
};

// Checks JSON Web Tokens (RFC 7519). What it was given decides the algorithm, so that no token can
// choose a weaker one: a secret means HS256, a public key its own kind's, and nothing is ever both.
// One thread.
class Tokens {
 public:
  struct Rules {
    std::string secret;              // empty: public keys check
    std::vector<VerifyingKey> keys;  // may come later
    std::string issuer;              // empty: not asked
    std::string audience;
  };
  // Requires: there is no secret, or there are no keys. The secret's strength is the caller's.
  explicit Tokens(Rules rules) : rules_(std::move(rules)) {}

  // From now on these check, and no other: keys that are gone are trusted no more.
  void use(std::vector<VerifyingKey> keys) { rules_.keys = std::move(keys); }
  std::size_t keys() const { return rules_.keys.size(); }
  bool has_secret() const { return !rules_.secret.empty(); }

  // Requires of a token: signature, `sub` (a text of 1 to 128 bytes), `exp`, `aud` that names the
  // audience, `iss` if one is set; `nbf` where it stands; no member twice. A `kid` must be that of
  // a key; only a key without one is tried for every token, and all are for one without.
  Checked check(std::string_view token, Micros now) const;

  // For --dev. Requires: has_secret().
  std::string issue(std::string_view subject, std::chrono::seconds valid, Micros now) const;

 private:
  struct Head;
  Checked check_signature(const Head& head, std::string_view text,
                          std::string_view signature) const;

  Rules rules_;
};

}  // namespace segue::gateway
