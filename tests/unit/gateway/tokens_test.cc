#include "producers/gateway/access/tokens.h"

#include <gtest/gtest.h>

#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/secret.h"

namespace segue::gateway {
namespace {

constexpr Micros kNow = 1'790'000'000 * kSecond;
const std::string kSecret(32, 's');

Tokens tokens() {
  return Tokens(
      {.secret = kSecret, .keys = {}, .issuer = "https://id.example", .audience = "segue"});
}

// A token of any header and claims, rightly signed with the secret.
std::string signed_token(const std::string& header, const std::string& claims) {
  const std::string text = base64url(header) + "." + base64url(claims);
  return text + "." + base64url(hmac_sha256(kSecret, text));
}

constexpr const char* kHeader = R"({"alg":"HS256","typ":"JWT"})";

std::string claims(const std::string& more = "", const std::string& exp = "1790000600") {
  return R"({"sub":"ada","aud":"segue","iss":"https://id.example","exp":)" + exp + more + "}";
}

std::string_view refusal(const std::string& token) { return tokens().check(token, kNow).refusal; }

TEST(Tokens, a_good_one_names_its_bearer) {
  const Checked checked = tokens().check(signed_token(kHeader, claims()), kNow);

  EXPECT_EQ(checked.refusal, "");
  EXPECT_EQ(checked.claims.subject, "ada");
  EXPECT_EQ(checked.claims.expires, 1'790'000'600 * kSecond);
}

TEST(Tokens, one_that_was_issued_is_good) {
  const std::string token = tokens().issue("björk", std::chrono::hours(1), kNow);

  EXPECT_EQ(tokens().check(token, kNow).claims.subject, "björk");
}

TEST(Tokens, the_audience_may_be_one_of_several) {
  const std::string several =
      R"({"sub":"ada","aud":["other","segue"],"iss":"https://id.example","exp":1790000600})";

  EXPECT_EQ(refusal(signed_token(kHeader, several)), "");
}

TEST(Tokens, without_an_algorithm_it_is_refused) {
  const std::string unsigned_token =
      base64url(R"({"alg":"none"})") + "." + base64url(claims()) + ".";

  EXPECT_EQ(refusal(unsigned_token), "the token's algorithm is not accepted");
  EXPECT_EQ(refusal(signed_token(R"({"alg":"none"})", claims())),
            "the token's algorithm is not accepted");
}

TEST(Tokens, the_token_does_not_choose_the_algorithm) {
  EXPECT_EQ(refusal(signed_token(R"({"alg":"RS256"})", claims())),
            "the token's algorithm is not accepted");
  EXPECT_EQ(refusal(signed_token(R"({"alg":"hs256"})", claims())),
            "the token's algorithm is not accepted");
}

TEST(Tokens, what_must_be_understood_and_is_not_is_refused) {
  EXPECT_EQ(refusal(signed_token(R"({"alg":"HS256","crit":["b64"],"b64":false})", claims())),
            "this is no token");
}

TEST(Tokens, any_changed_letter_breaks_the_signature) {
  const std::string token = signed_token(kHeader, claims());
  const std::size_t body = token.find('.') + 1;

  for (std::size_t i = body; i < token.size(); ++i) {
    if (token[i] == '.') continue;
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(changed), "") << i;
  }
}

TEST(Tokens, an_expired_one_is_refused_and_clocks_may_differ_a_little) {
  EXPECT_EQ(refusal(signed_token(kHeader, claims("", "1789999980"))), "");
  EXPECT_EQ(refusal(signed_token(kHeader, claims("", "1789999970"))), "the token is expired");
  EXPECT_EQ(refusal(signed_token(kHeader, claims("", "\"never\""))), "the token has no exp");
  EXPECT_EQ(refusal(signed_token(kHeader, claims("", "1e300"))), "the token has no exp");
}

TEST(Tokens, one_of_the_future_is_refused) {
  EXPECT_EQ(refusal(signed_token(kHeader, claims(R"(,"nbf":1790000100)"))),
            "the token is not valid yet");
}

TEST(Tokens, other_audiences_issuers_and_nobodies_are_refused) {
  const auto of = [](const std::string& text) { return refusal(signed_token(kHeader, text)); };

  EXPECT_EQ(of(R"({"sub":"ada","aud":"other","iss":"https://id.example","exp":1790000600})"),
            "the token is for another audience");
  EXPECT_EQ(of(R"({"sub":"ada","aud":"segue","iss":"https://evil.example","exp":1790000600})"),
            "the token is of another issuer");
  EXPECT_EQ(of(R"({"sub":"","aud":"segue","iss":"https://id.example","exp":1790000600})"),
            "the token's sub is no listener");
  EXPECT_EQ(of(R"({"aud":"segue","iss":"https://id.example","exp":1790000600})"),
            "the token's sub is no listener");
}

TEST(Tokens, what_is_no_token_is_refused) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"),
        std::string("a.b.c.d"), std::string("€.€.€"), std::string(5'000, 'a')}) {
    EXPECT_EQ(refusal(text), "this is no token") << text;
  }
}

TEST(Tokens, a_member_that_stands_twice_is_refused) {
  const auto of = [](const std::string& header, const std::string& body) {
    return refusal(signed_token(header, body));
  };

  EXPECT_EQ(of(kHeader, claims(R"(,"sub":"bob")")), "a claim stands in the token twice");
  EXPECT_EQ(of(kHeader, claims(R"(,"s\u0075b":"bob")")), "a claim stands in the token twice");
  EXPECT_EQ(of(kHeader, claims(R"(,"act":{"sub":"a","sub":"b"})")),
            "a claim stands in the token twice");
  EXPECT_EQ(of(R"({"alg":"HS256","alg":"HS256"})", claims()), "this is no token");
  EXPECT_EQ(of(R"({"alg":"HS256","kid":7})", claims()), "this is no token");
}

TEST(Base64Url, there_and_back_and_only_one_spelling) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"),
                                   std::string("abc"), std::string("\xff\x00\x7f", 3)}) {
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
  }
  EXPECT_EQ(from_base64url("YQ"), "a");
  EXPECT_FALSE(from_base64url("YR"));
  EXPECT_FALSE(from_base64url("Y"));
  EXPECT_FALSE(from_base64url("YQ=="));
  EXPECT_FALSE(from_base64url("+/"));
}

TEST(Pseudonyms, one_key_one_name_and_no_trace_of_the_subject) {
  const Pseudonyms pseudonyms(std::string(32, 'k'));

  EXPECT_EQ(pseudonyms.of("ada"), pseudonyms.of("ada"));
  EXPECT_NE(pseudonyms.of("ada"), pseudonyms.of("bob"));
  EXPECT_NE(pseudonyms.of("ada"), Pseudonyms(std::string(32, 'l')).of("ada"));
  EXPECT_EQ(pseudonyms.of("ada").size(), 32U);
}

TEST(Secrets, a_code_of_the_standard_is_right) {
  // RFC 4231, test case 2.
  const std::string code = hmac_sha256("Jefe", "what do ya want for nothing?");

  EXPECT_EQ(base64url(code), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

}  // namespace
}  // namespace segue::gateway
