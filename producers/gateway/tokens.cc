#include "producers/gateway/tokens.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <simdjson.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "core/ids.h"
#include "core/json_text.h"
#include "producers/gateway/base64url.h"
#include "producers/gateway/secret.h"

namespace segue::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kTokenBytesMax = 4'096;
constexpr std::size_t kSecretBytesMin = 32;
constexpr int kRsaBitsMin = 2'048;
constexpr std::size_t kEs256HalfBytes = 32;
constexpr Micros kClocksApart = 30 * kSecond;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// JOSE writes an ECDSA signature as two numbers side by side, OpenSSL reads DER.
std::optional<std::string> der_of(std::string_view pair) {
  if (pair.size() != 2 * kEs256HalfBytes) return std::nullopt;
  const std::unique_ptr<ECDSA_SIG, Free> signature(ECDSA_SIG_new());
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
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key) >= kRsaBitsMin) return "RS256";
      throw std::invalid_argument("an RSA key has fewer than 2,048 bits");
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

bool is_text(const dom::object& json, std::string_view name, std::string_view value) {
  std::string_view found;
  return json.at_key(name).get(found) == simdjson::SUCCESS && found == value;
}

// `aud` is a text or a list of them.
bool names(const dom::object& claims, std::string_view audience) {
  if (is_text(claims, "aud", audience)) return true;
  dom::array list;
  if (claims.at_key("aud").get(list) != simdjson::SUCCESS) return false;
  for (const dom::element each : list) {
    std::string_view name;
    if (each.get(name) == simdjson::SUCCESS && name == audience) return true;
  }
  return false;
}

// NumericDate: seconds, perhaps with a fraction. None: absent or no sensible time.
std::optional<Micros> time_of(const dom::object& claims, std::string_view name) {
  constexpr double kSecondsMax = 7'258'118'400;  // the year 2200
  double seconds = 0;
  if (claims.at_key(name).get(seconds) != simdjson::SUCCESS) return std::nullopt;
  if (!(seconds >= 0 && seconds <= kSecondsMax)) return std::nullopt;
  return static_cast<Micros>(seconds * 1e6);
}

Checked refused(std::string_view why) { return {.claims = {}, .refusal = why}; }

Checked check_claims(const dom::object& claims, const Tokens::Rules& rules, Micros now) {
  if (!rules.issuer.empty() && !is_text(claims, "iss", rules.issuer)) {
    return refused("the token is of another issuer");
  }
  if (!names(claims, rules.audience)) return refused("the token is for another audience");
  const auto expires = time_of(claims, "exp");
  if (!expires) return refused("the token has no exp");
  if (*expires + kClocksApart <= now) return refused("the token is expired");
  if (claims.at_key("nbf").error() == simdjson::SUCCESS) {
    const auto begins = time_of(claims, "nbf");
    if (!begins || *begins > now + kClocksApart) return refused("the token is not valid yet");
  }
  std::string_view subject;
  if (claims.at_key("sub").get(subject) != simdjson::SUCCESS || subject.empty() ||
      subject.size() > kIdBytesMax) {
    return refused("the token's sub is no listener");
  }
  return {.claims = {.subject = std::string(subject), .expires = *expires}, .refusal = {}};
}

}  // namespace

struct Tokens::Key {
  std::string_view algorithm;
  std::string secret;  // HS256
  PublicKey key;       // the others

  bool signed_by(std::string_view text, std::string_view signature) const {
    if (!key) {
      const std::string right = hmac_sha256(secret, text);
      return signature.size() == right.size() &&
             CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
    }
    std::string given(signature);
    if (algorithm == "ES256") {
      auto der = der_of(signature);
      if (!der) return false;
      given = std::move(*der);
    }
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const EVP_MD* digest = algorithm == "EdDSA" ? nullptr : EVP_sha256();
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(given), given.size(), bytes_of(text),
                            text.size()) == 1;
  }
};

Tokens::Tokens(const Rules& rules) : rules_(rules) {
  if (rules.key.find("-----BEGIN") == std::string::npos) {
    if (rules.key.size() < kSecretBytesMin) {
      throw std::invalid_argument("a secret has fewer than 32 bytes");
    }
    keys_.push_back({.algorithm = "HS256", .secret = rules.key, .key = nullptr});
    return;
  }
  const std::unique_ptr<BIO, Free> pem(
      BIO_new_mem_buf(rules.key.data(), static_cast<int>(rules.key.size())));
  while (EVP_PKEY* key = PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr)) {
    PublicKey owned(key);
    keys_.push_back({.algorithm = algorithm_of(key), .secret = {}, .key = std::move(owned)});
  }
  if (keys_.empty()) throw std::invalid_argument("there is no public key in it");
}
Tokens::~Tokens() = default;
Tokens::Tokens(Tokens&&) noexcept = default;

bool Tokens::has_secret() const { return !keys_.front().secret.empty(); }

Checked Tokens::check(std::string_view token, Micros now) const {
  constexpr std::string_view kNoToken = "this is no token";
  if (token.size() > kTokenBytesMax) return refused(kNoToken);
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return refused(kNoToken);
  const auto head = from_base64url(token.substr(0, first));
  const auto body = from_base64url(token.substr(first + 1, last - first - 1));
  const auto signature = from_base64url(token.substr(last + 1));
  if (!head || !body || !signature) return refused(kNoToken);

  dom::parser parser;
  dom::object header;
  if (parser.parse(*head).get(header) != simdjson::SUCCESS) return refused(kNoToken);
  // An extension that must be understood is not (RFC 7515, 4.1.11).
  if (header.at_key("crit").error() == simdjson::SUCCESS) return refused(kNoToken);
  std::string_view algorithm;
  if (header.at_key("alg").get(algorithm) != simdjson::SUCCESS) return refused(kNoToken);
  bool known = false;
  bool right = false;
  for (const Key& key : keys_) {
    if (key.algorithm != algorithm) continue;
    known = true;
    right = right || key.signed_by(token.substr(0, last), *signature);
  }
  if (!known) return refused("the token's algorithm is not accepted");
  if (!right) return refused("the token's signature is wrong");

  dom::parser body_parser;
  dom::object claims;
  if (body_parser.parse(*body).get(claims) != simdjson::SUCCESS) return refused(kNoToken);
  return check_claims(claims, rules_, now);
}

std::string Tokens::issue(std::string_view subject, std::chrono::seconds valid, Micros now) const {
  std::string claims;
  json::ObjectWriter out(claims);
  out.text("sub", subject);
  out.text("aud", rules_.audience);
  if (!rules_.issuer.empty()) out.text("iss", rules_.issuer);
  out.number("exp", std::int64_t{now / kSecond + valid.count()});
  out.close();
  const std::string text = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(claims);
  return text + "." + base64url(hmac_sha256(keys_.front().secret, text));
}

}  // namespace segue::gateway
