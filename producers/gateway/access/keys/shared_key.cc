#include "producers/gateway/access/keys/shared_key.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <stdexcept>

#include "core/wire/hex.h"
#include "core/wire/json_fields.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/json_members.h"

namespace segue::gateway {
namespace {

using json::has;
using json::text_at;

namespace dom = simdjson::dom;

constexpr std::size_t kTextBytesMax = 4'096;
constexpr std::size_t kBytesMin = 32;
constexpr std::size_t kBytesMax = 256;
// Chances that 32 random bytes fail one of these are below one in a million.
constexpr std::size_t kDistinctMin = 20;
constexpr double kPrintableMax = 0.85;
constexpr double kOneCaseMax = 0.8;

constexpr bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(hex_value(text[i]) * 16 + hex_value(text[i + 1]));
  }
  return bytes;
}

// A phrase or a name written with base64's alphabet: its letters are nearly all of one case.
bool reads_as_words(std::string_view text) {
  const auto part_of = [&](char first, char last) {
    const auto count = std::ranges::count_if(text, [&](char c) { return c >= first && c <= last; });
    return static_cast<double>(count) / static_cast<double>(text.size());
  };
  const double lower = part_of('a', 'z');
  const double upper = part_of('A', 'Z');
  return lower == 0 || upper == 0 || lower > kOneCaseMax || upper > kOneCaseMax;
}

// The bytes of a text; what is all hexadecimal is never read as base64, for as such it would seem
// to hold more.
std::optional<std::string> written_in(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  if (text.find_first_not_of(kDigits) == std::string_view::npos) return std::nullopt;
  if (std::ranges::all_of(text, is_hex)) return from_hex(text);
  if (reads_as_words(text)) return std::nullopt;
  std::string url(text);
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  url.erase(url.find_last_not_of('=') + 1);
  return from_base64url(url);
}

std::size_t distinct(std::string_view bytes) {
  std::bitset<256> seen;
  for (const char byte : bytes) seen.set(static_cast<unsigned char>(byte));
  return seen.count();
}

std::string steps_of(std::string_view bytes) {
  std::string steps;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    steps += static_cast<char>(bytes[i] - bytes[i - 1]);
  }
  return steps;
}

bool is_text(std::string_view bytes) {
  const auto printable = [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  };
  const auto all = static_cast<double>(bytes.size());
  return static_cast<double>(std::ranges::count_if(bytes, printable)) > kPrintableMax * all ||
         simdjson::validate_utf8(bytes);
}

// A key as DER has it: a sequence as long as it says, of another or of a number that fits in.
bool is_der(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  constexpr unsigned kSequence = 0x30;
  constexpr unsigned kInteger = 0x02;
  const std::size_t head = byte(1) == 0x81 ? 3 : 2;
  return byte(0) == kSequence && byte(head - 1) + head == bytes.size() &&
         (byte(head) == kSequence || byte(head) == kInteger) &&
         byte(head + 1) + head + 2U <= bytes.size();
}

// Formats of keys, or of texts: DER, OpenSSH's, gzip's.
bool is_a_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  return is_der(bytes) || bytes.starts_with("\0\0\0"sv) || bytes.starts_with("\x1f\x8b\x08"sv);
}

// A count has distinct bytes and one step, squares have one step of steps: the bytes at both ends
// must be distinct, and so must their steps, and steps of those.
bool is_random(std::string_view bytes) {
  if (bytes.size() < kBytesMin || is_text(bytes) || is_a_format(bytes)) return false;
  for (const std::string_view end :
       {bytes.substr(0, kBytesMin), bytes.substr(bytes.size() - kBytesMin)}) {
    std::string each(end);
    for (int order = 0; order < 4; ++order, each = steps_of(each)) {
      if (distinct(each) < kDistinctMin) return false;
    }
  }
  return true;
}

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(
      why +
      "; segue-admin secret makes one, and segue-admin secret wrap one of a text in "
      "hexadecimal or base64 that was a key before");
}

bool may_sign(const dom::object& jwk) {
  if (!has(jwk, "key_ops")) return true;
  dom::array operations;
  if (jwk.at_key("key_ops").get(operations) != simdjson::SUCCESS) return false;
  return std::ranges::any_of(operations, [](const dom::element& each) {
    std::string_view name;
    return each.get(name) == simdjson::SUCCESS && (name == "sign" || name == "verify");
  });
}

// That it is a secret, and one for HMAC.
void must_say_so(const dom::object& jwk) {
  if (!members_are_single(jwk)) refuse("a member of the key stands in it twice");
  if (text_at(jwk, "kty") != "oct") refuse("it is no secret: its kty is not \"oct\"");
  for (const std::string_view part : {"n", "e", "x", "y", "crv", "d", "keys", "x5c", "x5u"}) {
    if (has(jwk, part)) refuse("it is no secret: it has a part of a key of another kind");
  }
  constexpr std::array<std::string_view, 3> kHmac = {"HS256", "HS384", "HS512"};
  const std::string_view algorithm = text_at(jwk, "alg");
  if (has(jwk, "alg") && std::ranges::find(kHmac, algorithm) == kHmac.end()) {
    refuse("it is a secret for something else: its alg is not HS256");
  }
  if ((has(jwk, "use") && text_at(jwk, "use") != "sig") || !may_sign(jwk)) {
    refuse("it is a secret for something else: by its use or key_ops it does not sign");
  }
}

}  // namespace

std::string shared_key(std::string_view text) {
  dom::parser parser(kTextBytesMax);
  dom::object jwk;
  if (parser.parse(text.data(), text.size()).get(jwk) != simdjson::SUCCESS) {
    refuse("it is no JWK of kty \"oct\"");
  }
  must_say_so(jwk);
  const auto bytes = from_base64url(text_at(jwk, "k"));
  if (!bytes) refuse("its k is no base64url");
  if (bytes->size() < kBytesMin) refuse("it holds fewer than 32 bytes");
  if (bytes->size() > kBytesMax) refuse("it holds more than 256 bytes");
  if (is_random(*bytes)) return *bytes;
  const auto written = written_in(*bytes);
  if (!written || !is_random(*written)) refuse("its bytes are not random");
  return *bytes;
}

}  // namespace segue::gateway
