#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/public_keys.h"
#include "producers/gateway/access/keys/shared_key.h"
#include "producers/gateway/access/secret.h"
#include "producers/gateway/access/tokens.h"

namespace segue::gateway {
namespace {

constexpr Micros kChecked = 1'790'000'000 * kSecond;

const unsigned char* raw(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// An Ed25519 key pair made of one letter.
class Signer {
 public:
  explicit Signer(char letter) {
    const std::string seed(32, letter);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()));
  }
  std::string jwk(const std::string& more) const {
    std::string x(32, '\0');
    std::size_t size = x.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
    return R"({"kty":"OKP","crv":"Ed25519","x":")" + base64url(x) + "\"" + more + "}";
  }
  std::string token(const std::string& more = "") const {
    const std::string text = base64url(R"({"alg":"EdDSA")" + more + "}") + "." +
                             base64url(R"({"sub":"ada","aud":"segue","exp":1790000600})");
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   raw(text), text.size());
    return text + "." + base64url(signature);
  }

 private:
  PublicKey key_;
};

Tokens by_keys(const std::string& document) {
  return Tokens(
      {.secret = {}, .keys = read_public_keys(document), .issuer = {}, .audience = "segue"});
}

std::string set_of(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }

std::string refusal_of(const std::string& document) {
  try {
    read_public_keys(document);
    return {};
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
}

// RFC 7517, appendix A.1, whose EC key is for encryption.
constexpr const char* kRfc7517 =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},)"
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFx)"
    R"(uhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65)"
    R"(YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhA)"
    R"(I4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB",)"
    R"("alg":"RS256","kid":"2011-04-29"}]})";

constexpr const char* kEdKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

// RFC 8037, appendix A.4.
constexpr const char* kRfc8037 =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
    "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

TEST(PublicKeys, an_ed25519_signature_of_the_standard_is_right) {
  const Tokens tokens = by_keys(kEdKey);
  std::string broken = kRfc8037;
  broken[broken.size() - 5] = 'x';

  // The signature holds; the words it signs are no claims.
  EXPECT_EQ(tokens.check(kRfc8037, kChecked).refusal, "this is no token");
  EXPECT_EQ(tokens.check(broken, kChecked).refusal, "the token's signature is wrong");
}

TEST(PublicKeys, a_set_of_the_standard_is_read_and_other_uses_left_out) {
  const auto keys = read_public_keys(kRfc7517);

  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].kid(), "2011-04-29");
  EXPECT_EQ(keys[0].algorithm(), "RS256");
}

TEST(PublicKeys, a_kid_chooses_the_key) {
  const Signer a('a');
  const Signer b('b');
  const Tokens tokens = by_keys(set_of(a.jwk(R"(,"kid":"k-a")") + "," + b.jwk(R"(,"kid":"k-b")")));

  EXPECT_EQ(tokens.check(a.token(R"(,"kid":"k-a")"), kChecked).refusal, "");
  EXPECT_EQ(tokens.check(b.token(), kChecked).refusal, "") << "without a kid all are tried";
  EXPECT_EQ(tokens.check(a.token(R"(,"kid":"k-b")"), kChecked).refusal,
            "the token's signature is wrong");
  const Checked unknown = tokens.check(a.token(R"(,"kid":"k-c")"), kChecked);
  EXPECT_EQ(unknown.refusal, "the token names a key that is not known");
  EXPECT_TRUE(unknown.unknown_key);
}

TEST(PublicKeys, a_key_without_a_kid_is_tried_for_every_token) {
  const Signer a('a');

  EXPECT_EQ(by_keys(a.jwk("")).check(a.token(R"(,"kid":"k-a")"), kChecked).refusal, "");
}

TEST(PublicKeys, keys_that_are_gone_are_trusted_no_more) {
  const Signer a('a');
  const Signer b('b');
  Tokens tokens = by_keys(a.jwk(R"(,"kid":"k-a")"));

  tokens.use(read_jwks(set_of(b.jwk(R"(,"kid":"k-b")"))));

  EXPECT_NE(tokens.check(a.token(R"(,"kid":"k-a")"), kChecked).refusal, "");
  EXPECT_EQ(tokens.check(b.token(R"(,"kid":"k-b")"), kChecked).refusal, "");
}

TEST(PublicKeys, use_key_ops_and_alg_are_heard) {
  const Signer a('a');
  const auto of = [&](const std::string& more) { return refusal_of(a.jwk(more)); };
  const std::string other = "the key is not for signatures with RS256, ES256 or EdDSA";

  EXPECT_EQ(of(R"(,"use":"sig","key_ops":["verify"],"alg":"EdDSA")"), "");
  EXPECT_EQ(of(R"(,"alg":"Ed25519")"), "");
  EXPECT_EQ(of(R"(,"use":"enc")"), other);
  EXPECT_EQ(of(R"(,"key_ops":["sign"])"), other);
  EXPECT_EQ(of(R"(,"alg":"HS256")"), other);
}

TEST(PublicKeys, private_shared_and_ambiguous_keys_are_refused) {
  const Signer a('a');

  EXPECT_NE(
      refusal_of(a.jwk(R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")")).find("private"),
      std::string::npos);
  EXPECT_NE(refusal_of(set_of(a.jwk("") + R"(,{"kty":"oct","k":"AAAA"})")).find("shared"),
            std::string::npos);
  EXPECT_NE(refusal_of(a.jwk(R"(,"kid":"a","kid":"b")")).find("twice"), std::string::npos);
  EXPECT_NE(
      refusal_of("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScV"
                 "pezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n")
          .find("private"),
      std::string::npos);
}

TEST(PublicKeys, one_bad_key_of_a_set_spoils_no_other) {
  const Signer a('a');
  const std::string weak = R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmb","e":"AQAB"},)";

  EXPECT_EQ(read_public_keys(set_of(weak + a.jwk(""))).size(), 1U);
  EXPECT_NE(refusal_of(set_of(weak.substr(0, weak.size() - 1))).find("2,048"), std::string::npos);
}

TEST(PublicKeys, an_exponent_of_one_is_no_key) {
  std::string set = kRfc7517;
  set.replace(set.find("AQAB"), 4, "AQ");

  EXPECT_NE(refusal_of(set), "");
}

TEST(PublicKeys, whatever_else_a_file_holds_is_refused_by_name) {
  const std::string broken = std::string(kEdKey) + "-----BEGIN PUBLIC KEY-----\nnothing\n";

  EXPECT_NE(refusal_of(std::string(64, 'a')).find("TOKEN_SECRET"), std::string::npos);
  EXPECT_NE(refusal_of("https://id.example/jwks").find("--token-keys-url"), std::string::npos);
  for (const std::string& text :
       {std::string(), std::string("\n\n\n"), std::string("{}"), std::string("{\"keys\":[]}"),
        std::string("{\"keys\":7}"), std::string("[]"), broken,
        std::string(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"),
        std::string("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12)}) {
    EXPECT_NE(refusal_of(text), "") << text;
  }
}

bool is_secret(const std::string& text) {
  try {
    shared_key(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::string jwk_of(const std::string& bytes, const std::string& more = {}) {
  return R"({"kty":"oct","k":")" + base64url(bytes) + '"' + more + '}';
}

TEST(SharedKey, random_bytes_that_say_that_they_are_a_secret_are_one) {
  for (int i = 0; i < 2'000; ++i) {
    const std::string bytes = random_bytes(32 + static_cast<std::size_t>(i) % 97);
    std::string padded = base64url(bytes);
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    for (const std::string& key : {bytes, hex(bytes), base64url(bytes), padded}) {
      EXPECT_EQ(shared_key(jwk_of(key)), key) << hex(bytes);
    }
    EXPECT_FALSE(is_secret(hex(bytes))) << hex(bytes);
    EXPECT_FALSE(is_secret(base64url(bytes))) << hex(bytes);
  }
  const std::string bytes = random_bytes(32);
  EXPECT_EQ(shared_key(jwk_of(bytes, R"(,"alg":"HS256","use":"sig","kid":"7")") + "\n"), bytes);
}

TEST(SharedKey, too_little_or_too_much_is_none) {
  EXPECT_FALSE(is_secret(jwk_of(random_bytes(31))));
  EXPECT_FALSE(is_secret(jwk_of(hex(random_bytes(31)))));
  EXPECT_FALSE(is_secret(jwk_of(hex(random_bytes(24))))) << "as base64 it would have 36 bytes";
  EXPECT_FALSE(is_secret(jwk_of(base64url(random_bytes(31)))));
  EXPECT_FALSE(is_secret(jwk_of(random_bytes(257))));
  EXPECT_FALSE(is_secret(jwk_of(random_bytes(24) + std::string(24, '\0'))));
  EXPECT_FALSE(is_secret(jwk_of(std::string(24, '\0') + random_bytes(24))));
}

TEST(SharedKey, texts_and_patterns_are_none_whatever_they_say) {
  const std::string pem = kEdKey;
  for (const std::string& text :
       {std::string(), std::string("\n\n\n\n"), std::string(64, 'a'), std::string(64, '0'),
        std::string("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
        std::string("a-secret-that-only-we-know-and-no-other-does-ok"),
        std::string("CorrectHorseBatteryStapleCorrectHorseBatteryStaple!"),
        std::string("https://id.example/.well-known/jwks.json"), pem, std::string(kRfc7517),
        base64url(pem), hex(pem), hex("https://id.example/.well-known/jwks")}) {
    EXPECT_FALSE(is_secret(text)) << text;
    EXPECT_FALSE(is_secret(jwk_of(text))) << text;
  }
}

TEST(SharedKey, what_is_no_shared_jwk_is_none) {
  const std::string k = R"("k":")" + base64url(random_bytes(32)) + '"';
  EXPECT_TRUE(is_secret(R"({"kty":"oct",)" + k + '}'));
  for (const std::string& text :
       {'{' + k + '}', R"({"kty":"EC",)" + k + '}', R"({"kty":["oct"],)" + k + '}',
        R"({"kty":"oct","x":"AAAA",)" + k + '}', R"({"kty":"oct","alg":"RS256",)" + k + '}',
        R"({"kty":"oct","use":"enc",)" + k + '}', R"({"kty":"oct",)" + k + ',' + k + '}',
        R"({"kty":"EC","kty":"oct",)" + k + '}', R"([{"kty":"oct",)" + k + "}]",
        R"({"keys":[{"kty":"oct",)" + k + "}]}", std::string(R"({"kty":"oct","k":7})"),
        std::string(R"({"kty":"oct"})"), R"({"kty":"oct",)" + k + "} {}", std::string(kRfc7517)}) {
    EXPECT_FALSE(is_secret(text)) << text;
  }
}

}  // namespace
}  // namespace segue::gateway
