// What a player shows at the gateway's door: "t" and a token, or "c" and claims that are signed
// here, since no mutation would ever find the signature.
#include "core/check.h"
#include "core/ids.h"
#include "producers/gateway/base64url.h"
#include "producers/gateway/secret.h"
#include "producers/gateway/tokens.h"
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

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gateway::Tokens tokens({.key = kSecret, .issuer = {}, .audience = "segue"});
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  const auto checked = tokens.check(data[0] == 'c' ? signed_token(text) : text, kNow);
  if (checked.refusal.empty()) {
    SEGUE_CHECK(data[0] == 'c');
    SEGUE_CHECK(!checked.claims.subject.empty() && checked.claims.subject.size() <= kIdBytesMax);
    SEGUE_CHECK(checked.claims.expires > kNow - kMinute);
  }
  if (data[0] != 'c') {
    const auto bytes = gateway::from_base64url(text);
    SEGUE_CHECK(!bytes || gateway::base64url(*bytes) == text);
  }
  return 0;
}
