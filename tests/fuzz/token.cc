// A player's credentials: "t" and a token, or "c" and claims that are signed
// here, since no mutation would ever find the signature. "k" is an identity provider's answer.
#include <simdjson.h>

#include <stdexcept>

#include "core/check.h"
#include "core/ids.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/public_keys.h"
#include "producers/gateway/access/secret.h"
#include "producers/gateway/access/tokens.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

constexpr Micros kNow = 1'795'262'400 * kSecond;
const std::string kSecret(32, 's');

std::string signed_token(std::string_view claims) {
  const std::string text =
      gateway::base64url(R"({"alg":"HS256"})") + "." + gateway::base64url(claims);
  return text + "." + gateway::base64url(gateway::hmac_sha256(kSecret, text));
}

int read_keys(std::string_view text) {
  try {
    const auto keys = gateway::read_public_keys(text);
    SEGUE_CHECK(!keys.empty() && keys.size() <= gateway::kKeysMax);
  } catch (const std::invalid_argument& refused) {
    SEGUE_CHECK(*refused.what() != 0);
  }
  return 0;
}

// Whether a reader that takes the first `sub` and one that takes the last see the same.
bool is_single(std::string_view claims) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(claims).get(object) != simdjson::SUCCESS) return false;
  std::size_t subjects = 0;
  for (const auto& [name, value] : object) subjects += name == "sub" ? 1 : 0;
  return subjects == 1;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gateway::Tokens tokens(
      {.secret = kSecret, .keys = {}, .issuer = {}, .audience = "segue"});
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'k') return read_keys(text);
  const auto checked = tokens.check(data[0] == 'c' ? signed_token(text) : text, kNow);
  if (checked.refusal.empty()) {
    SEGUE_CHECK(data[0] == 'c');
    SEGUE_CHECK(is_single(text));
    SEGUE_CHECK(!checked.claims.subject.empty() && checked.claims.subject.size() <= kIdBytesMax);
    SEGUE_CHECK(checked.claims.expires > kNow - kMinute);
  }
  if (data[0] != 'c') {
    const auto bytes = gateway::from_base64url(text);
    SEGUE_CHECK(!bytes || gateway::base64url(*bytes) == text);
  }
  return 0;
}
