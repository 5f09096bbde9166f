#include "producers/gateway/audio/signed_addresses.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "consumers/player/sound_address.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/secret.h"

namespace segue::gateway {
namespace {

// No signature of another purpose is one of an address, should the key serve both.
constexpr std::string_view kPurpose = "segue audio address 1\n";
constexpr std::int64_t kPeriods = 4;  // within the time that an address is good

std::optional<std::int64_t> seconds_in(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

}  // namespace

SignedAddresses::SignedAddresses(std::string key, std::int64_t valid_s)
    : key_(std::move(key)),
      valid_s_(valid_s),
      period_s_(std::max<std::int64_t>(valid_s / kPeriods, 1)) {}

std::string SignedAddresses::sign(std::string_view file, Micros now) const {
  const std::string until = std::to_string((period(now) + 1) * period_s_ + valid_s_);
  std::string address(player::kComposedSound);
  address.append(file).append("?until=").append(until);
  return address.append("&signature=").append(signature_of(file, until));
}

SignedAddresses::Verdict SignedAddresses::check(std::string_view file, std::string_view until,
                                                std::string_view signature, Micros now) const {
  const std::string right = signature_of(file, until);
  const bool signed_here = signature.size() == right.size() &&
                           CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
  const auto end = seconds_in(until);
  if (!signed_here || !end) return Verdict::wrong;
  return now / kSecond < *end ? Verdict::good : Verdict::ended;
}

std::string SignedAddresses::signature_of(std::string_view file, std::string_view until) const {
  std::string text(kPurpose);
  text.append(file).append("\n").append(until);
  return base64url(hmac_sha256(key_, text));
}

}  // namespace segue::gateway
