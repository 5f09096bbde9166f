#include "producers/gateway/access/secret.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

#include "producers/gateway/access/base64url.h"

namespace segue::gateway {
namespace {

// 192 bits: no two of any number of listeners meet.
constexpr std::size_t kPseudonymBytes = 24;

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string code(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(code.data()), &size);
  if (size != code.size()) throw std::runtime_error("OpenSSL computes no HMAC");
  return code;
}

std::string random_bytes(std::size_t bytes) {
  std::string drawn(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("the operating system has no random numbers");
  }
  return drawn;
}

std::string random_uuid() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string Pseudonyms::of(std::string_view subject) const {
  return base64url(hmac_sha256(key_, subject).substr(0, kPseudonymBytes));
}

}  // namespace segue::gateway
