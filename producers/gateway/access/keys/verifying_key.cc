#include "producers/gateway/access/keys/verifying_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "core/io/labels/openssl_free.h"

namespace segue::gateway {
namespace {

constexpr int kRsaBitsMin = 2'048;
constexpr int kRsaBitsMax = 8'192;  // a larger one makes a check of a token slow
constexpr std::size_t kEs256HalfBytes = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// JOSE writes an ECDSA signature as two numbers side by side, OpenSSL reads DER.
std::optional<std::string> der_of(std::string_view pair) {
  if (pair.size() != 2 * kEs256HalfBytes) return std::nullopt;
  const std::unique_ptr<ECDSA_SIG, io::OpenSslFree> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes_of(pair), kEs256HalfBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(pair.substr(kEs256HalfBytes)), kEs256HalfBytes, nullptr);
  if (ECDSA_SIG_set0(signature.get(), r, s) != 1) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::string_view algorithm_of(EVP_PKEY* key) {
  char curve[64] = {};
  std::size_t size = 0;
  const int bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      if (bits < kRsaBitsMin) throw std::invalid_argument("an RSA key has fewer than 2,048 bits");
      if (bits > kRsaBitsMax) throw std::invalid_argument("an RSA key has more than 8,192 bits");
      return "RS256";
    case EVP_PKEY_EC:
      if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve,
                                         &size) == 1 &&
          std::string_view(curve, size) == "prime256v1") {
        return "ES256";
      }
      throw std::invalid_argument("an EC key is not of P-256");
    case EVP_PKEY_ED25519:
      return "EdDSA";
    default:
      throw std::invalid_argument("a public key is neither RSA, P-256 nor Ed25519");
  }
}

// With an exponent of 1, or a point that is not on the curve, anybody could sign.
void must_be_sound(EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY_CTX, io::OpenSslFree> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    throw std::invalid_argument("a public key's numbers are no key");
  }
}

}  // namespace

VerifyingKey::VerifyingKey(PublicKey key, std::string kid)
    : key_(std::move(key)), kid_(std::move(kid)), algorithm_(algorithm_of(key_.get())) {
  must_be_sound(key_.get());
}

bool VerifyingKey::signed_by(std::string_view text, std::string_view signature) const {
  std::string given(signature);
  if (algorithm_ == "ES256") {
    auto der = der_of(signature);
    if (!der) return false;
    given = std::move(*der);
  }
  const std::unique_ptr<EVP_MD_CTX, io::OpenSslFree> context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(given), given.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace segue::gateway
