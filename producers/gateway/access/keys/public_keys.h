#pragma once

#include <string_view>
#include <vector>

#include "producers/gateway/access/keys/verifying_key.h"

namespace segue::gateway {

inline constexpr std::size_t kKeysMax = 64;
inline constexpr std::size_t kKeysBytesMax = 256 * 1'024;

// The public keys that a text holds: PEM (PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE, one after the
// other), a JWK or a JWKS. Throws std::invalid_argument, whose text is a person's, for whatever
// else it is, for a private or shared key, and where no key of it checks tokens.
std::vector<VerifyingKey> read_public_keys(std::string_view text);

// A JWK or a JWKS (RFC 7517, 8037). Keys of a set that are for another use, kind or algorithm are
// left out, as the standard asks; `use`, `key_ops` and `alg` count. Throws std::invalid_argument as
// above.
std::vector<VerifyingKey> read_jwks(std::string_view text);

}  // namespace segue::gateway
