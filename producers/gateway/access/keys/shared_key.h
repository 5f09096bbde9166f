#pragma once

#include <string>
#include <string_view>

namespace segue::gateway {

// The bytes of a secret, for HMAC. It says itself that it is one: a JWK of kty "oct" (RFC 7517;
// RFC 7518, 6.4) whose `k` has 32 to 256 random bytes, as `segue-admin secret` prints it. The bytes
// may also be a text, in hexadecimal or base64, of 32 random bytes or more, as JWT libraries take a
// string for a key.
// Nothing else is ever taken as a secret, and no public key says of itself that it is "oct".
// Throws std::invalid_argument, whose text says what it is instead and how to make one.
std::string shared_key(std::string_view text);

}  // namespace segue::gateway
