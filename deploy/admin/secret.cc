#include "deploy/admin/secret.h"

#include <openssl/rand.h>

#include <array>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/wire/base64url.h"
#include "producers/gateway/access/keys/shared_key.h"

namespace segue::admin {
namespace {

constexpr std::size_t kBytes = 32;
constexpr std::size_t kWrappedMax = 256;

std::string jwk_of(std::string_view key) {
  return R"({"kty":"oct","k":")" + base64url(key) + "\"}";
}

int print(std::string_view jwk) {
  std::cout << jwk << std::endl;
  return std::cout ? 0 : 1;
}

}  // namespace

int secret() {
  std::string key(kBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kBytes) != 1) {
    throw std::runtime_error("the system has no random bytes");
  }
  return print(jwk_of(key));
}

int wrap_secret() {
  std::string line;
  std::string more;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.size() < kBytes || line.size() > kWrappedMax || std::getline(std::cin, more)) {
    throw std::runtime_error(
        "standard input is not one line of 32 to 256 characters: give the file, as in "
        "segue-admin secret wrap < pseudonyms.key");
  }
  const std::string jwk = jwk_of(line);
  try {
    gateway::shared_key(jwk);
  } catch (const std::invalid_argument&) {
    throw std::runtime_error(
        "standard input is no secret that older builds took, which is 32 to 128 random bytes in "
        "hexadecimal or base64 on one line; a JWK is used as it is");
  }
  return print(jwk);
}

}  // namespace segue::admin
