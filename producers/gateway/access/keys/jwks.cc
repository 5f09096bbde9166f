#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <simdjson.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/io/labels/openssl_free.h"
#include "core/wire/json_fields.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/json_members.h"
#include "producers/gateway/access/keys/public_keys.h"

namespace segue::gateway {
namespace {

using json::has;

namespace dom = simdjson::dom;

constexpr std::size_t kKidBytesMax = 256;

using Build = std::unique_ptr<OSSL_PARAM_BLD, io::OpenSslFree>;

[[noreturn]] void no_key(const std::string& why) { throw std::invalid_argument(why); }

// Empty: absent. What is there must be a text.
std::string part_of(const dom::object& object, std::string_view name) {
  std::string_view text;
  if (!has(object, name)) return {};
  if (object.at_key(name).get(text) != simdjson::SUCCESS) {
    no_key("a key's " + std::string(name) + " is no text");
  }
  return std::string(text);
}

std::string bytes_at(const dom::object& jwk, std::string_view name) {
  auto bytes = from_base64url(part_of(jwk, name));
  if (!bytes || bytes->empty()) no_key("a key's " + std::string(name) + " is no base64url");
  return std::move(*bytes);
}

const unsigned char* raw(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

PublicKey key_from(const char* kind, OSSL_PARAM_BLD* build) {
  const std::unique_ptr<OSSL_PARAM, io::OpenSslFree> params(OSSL_PARAM_BLD_to_param(build));
  const std::unique_ptr<EVP_PKEY_CTX, io::OpenSslFree> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    no_key("a public key's numbers are no key");
  }
  return PublicKey(key);
}

PublicKey rsa_key(const dom::object& jwk) {
  const std::string n = bytes_at(jwk, "n");
  const std::string e = bytes_at(jwk, "e");
  const std::unique_ptr<BIGNUM, io::OpenSslFree> modulus(
      BN_bin2bn(raw(n), static_cast<int>(n.size()), nullptr));
  const std::unique_ptr<BIGNUM, io::OpenSslFree> exponent(
      BN_bin2bn(raw(e), static_cast<int>(e.size()), nullptr));
  const Build build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return key_from("RSA", build.get());
}

PublicKey p256_key(const dom::object& jwk) {
  constexpr std::size_t kHalf = 32;
  const std::string x = bytes_at(jwk, "x");
  const std::string y = bytes_at(jwk, "y");
  if (x.size() != kHalf || y.size() != kHalf) no_key("a P-256 key's x or y has not 32 bytes");
  const std::string point = '\x04' + x + y;
  const Build build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, raw(point), point.size());
  return key_from("EC", build.get());
}

PublicKey ed25519_key(const dom::object& jwk) {
  const std::string x = bytes_at(jwk, "x");
  PublicKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(x), x.size()));
  if (!key) no_key("an Ed25519 key's x has not 32 bytes");
  return key;
}

// Null: of a kind that checks none of our tokens.
PublicKey key_of(const dom::object& jwk) {
  const std::string kind = part_of(jwk, "kty");
  const std::string curve = part_of(jwk, "crv");
  if (kind.empty()) no_key("it is no JWK: there is no kty");
  if (kind == "RSA") return rsa_key(jwk);
  if (kind == "EC" && curve == "P-256") return p256_key(jwk);
  if (kind == "OKP" && curve == "Ed25519") return ed25519_key(jwk);
  return nullptr;
}

bool may_verify(const dom::object& jwk) {
  if (has(jwk, "use") && part_of(jwk, "use") != "sig") return false;
  if (!has(jwk, "key_ops")) return true;
  dom::array operations;
  if (jwk.at_key("key_ops").get(operations) != simdjson::SUCCESS) no_key("key_ops is no list");
  for (const dom::element each : operations) {
    std::string_view name;
    if (each.get(name) == simdjson::SUCCESS && name == "verify") return true;
  }
  return false;
}

void must_be_public(const dom::object& jwk) {
  if (!members_are_single(jwk)) no_key("a member of a key stands in it twice");
  if (part_of(jwk, "kty") == "oct" || has(jwk, "k")) {
    no_key(
        "it holds a shared key (oct); a secret (HS256) is given by "
        "SEGUE_GATEWAY_TOKEN_SECRET_FILE");
  }
  for (const std::string_view part : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    if (has(jwk, part)) no_key("it holds a private key; a gateway needs the public part alone");
  }
}

// None: a key for something else.
std::optional<VerifyingKey> verifying(const dom::object& jwk) {
  if (!may_verify(jwk)) return std::nullopt;
  PublicKey public_key = key_of(jwk);
  if (!public_key) return std::nullopt;
  std::string kid = part_of(jwk, "kid");
  if (kid.size() > kKidBytesMax) no_key("a key's kid is longer than 256 bytes");
  VerifyingKey key(std::move(public_key), std::move(kid));
  const std::string wanted = part_of(jwk, "alg");
  // RFC 9864 names the curve where RFC 8037 named the family.
  const bool ours = wanted.empty() || wanted == key.algorithm() ||
                    (wanted == "Ed25519" && key.algorithm() == "EdDSA");
  return ours ? std::optional(std::move(key)) : std::nullopt;
}

std::vector<VerifyingKey> read_set(const dom::array& set) {
  std::vector<VerifyingKey> keys;
  std::string last = "no key of it is for signatures with RS256, ES256 or EdDSA";
  if (set.size() > kKeysMax) no_key("it holds more than 64 keys");
  for (const dom::element each : set) {
    dom::object jwk;
    if (each.get(jwk) != simdjson::SUCCESS) no_key("a key of it is no JSON object");
    must_be_public(jwk);
    try {
      if (auto key = verifying(jwk)) keys.push_back(std::move(*key));
    } catch (const std::invalid_argument& unusable) {
      last = unusable.what();  // one bad key of a set spoils no other
    }
  }
  if (keys.empty()) no_key(last);
  return keys;
}

}  // namespace

std::vector<VerifyingKey> read_jwks(std::string_view text) {
  dom::parser parser;
  dom::object object;
  if (text.size() > kKeysBytesMax) no_key("it is larger than 256 KiB");
  if (parser.parse(simdjson::padded_string(text)).get(object) != simdjson::SUCCESS) {
    no_key("it is no JSON object");
  }
  if (!members_are_single(object)) no_key("a member of it stands in it twice");
  if (has(object, "keys")) {
    dom::array set;
    if (object.at_key("keys").get(set) != simdjson::SUCCESS) no_key("its keys are no list");
    return read_set(set);
  }
  must_be_public(object);
  auto key = verifying(object);
  if (!key) no_key("the key is not for signatures with RS256, ES256 or EdDSA");
  std::vector<VerifyingKey> keys;
  keys.push_back(std::move(*key));
  return keys;
}

}  // namespace segue::gateway
