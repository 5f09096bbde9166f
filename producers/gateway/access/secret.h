#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace segue::gateway {

// HMAC-SHA-256 (RFC 2104) of any bytes; 32 bytes long.
std::string hmac_sha256(std::string_view key, std::string_view text);

// From the operating system's generator. Throws std::runtime_error if that has none.
std::string random_bytes(std::size_t bytes);

// A random UUID (RFC 9562, version 4).
std::string random_uuid();

// The name under which Segue knows a listener: without the key no one can tell whose it is, nor
// whether two services mean the same person.
class Pseudonyms {
 public:
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}
  // 32 letters of the base64url alphabet.
  std::string of(std::string_view subject) const;

 private:
  std::string key_;
};

}  // namespace segue::gateway
