#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/io/labels/openssl_free.h"

namespace segue::gateway {

using PublicKey = std::unique_ptr<EVP_PKEY, io::OpenSslFree>;

// One public key that checks signatures of JSON Web Tokens. Its kind alone decides the algorithm.
class VerifyingKey {
 public:
  // `kid`: the name by which tokens ask for it; empty: none. Throws std::invalid_argument for a key
  // that no token should be trusted with: RSA under 2,048 bits, a curve other than P-256, another
  // kind, numbers that are no key.
  VerifyingKey(PublicKey key, std::string kid);

  const std::string& kid() const { return kid_; }
  std::string_view algorithm() const { return algorithm_; }  // RS256, ES256 or EdDSA
  bool signed_by(std::string_view text, std::string_view signature) const;

 private:
  PublicKey key_;
  std::string kid_;
  std::string_view algorithm_;
};

}  // namespace segue::gateway
