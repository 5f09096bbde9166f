#include "producers/gateway/access/tokens.h"

#include <openssl/crypto.h>
#include <simdjson.h>

#include <optional>
#include <utility>

#include "core/ids.h"
#include "core/wire/json_text.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/json_members.h"
#include "producers/gateway/access/secret.h"

namespace segue::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kTokenBytesMax = 4'096;
constexpr Micros kClocksApart = 30 * kSecond;

constexpr std::string_view kNoToken = "this is no token";

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

Checked refused(std::string_view why) {
  return {.claims = {}, .refusal = why, .unknown_key = false};
}

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
  return {.claims = {.subject = std::string(subject), .expires = *expires},
          .refusal = {},
          .unknown_key = false};
}

}  // namespace

// A token's header; views into a parser that must outlive it.
struct Tokens::Head {
  std::string_view algorithm;
  std::string_view kid;
  bool named = false;  // it has a kid
};

Checked Tokens::check(std::string_view token, Micros now) const {
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
  if (!members_are_single(header)) return refused(kNoToken);
  // An extension that must be understood is not (RFC 7515, 4.1.11).
  if (header.at_key("crit").error() == simdjson::SUCCESS) return refused(kNoToken);
  Head says;
  if (header.at_key("alg").get(says.algorithm) != simdjson::SUCCESS) return refused(kNoToken);
  says.named = header.at_key("kid").error() == simdjson::SUCCESS;
  if (says.named && header.at_key("kid").get(says.kid) != simdjson::SUCCESS) {
    return refused(kNoToken);
  }
  if (const Checked wrong = check_signature(says, token.substr(0, last), *signature);
      !wrong.refusal.empty()) {
    return wrong;
  }
  dom::parser body_parser;
  dom::object claims;
  if (body_parser.parse(*body).get(claims) != simdjson::SUCCESS) return refused(kNoToken);
  if (!members_are_single(claims)) return refused("a claim stands in the token twice");
  return check_claims(claims, rules_, now);
}

Checked Tokens::check_signature(const Head& head, std::string_view text,
                                std::string_view signature) const {
  if (has_secret()) {
    if (head.algorithm != "HS256") return refused("the token's algorithm is not accepted");
    const std::string right = hmac_sha256(rules_.secret, text);
    const bool same = signature.size() == right.size() &&
                      CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
    return same ? Checked{} : refused("the token's signature is wrong");
  }
  bool known = false;
  bool named = false;
  for (const VerifyingKey& key : rules_.keys) {
    if (key.algorithm() != head.algorithm) continue;
    known = true;
    if (head.named && !key.kid().empty() && key.kid() != head.kid) continue;
    named = true;
    if (key.signed_by(text, signature)) return {};
  }
  if (named) return refused("the token's signature is wrong");
  Checked unknown = refused(known ? "the token names a key that is not known"
                                  : "the token's algorithm is not accepted");
  unknown.unknown_key = head.named;
  return unknown;
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
  return text + "." + base64url(hmac_sha256(rules_.secret, text));
}

}  // namespace segue::gateway
