#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace segue::gateway {

// Addresses of composed files that are good for a while, for browsers give a sound's request no
// token. The signature covers the file's key and the end, and names no listener: anyone who is
// given an address may play that file until then. Thread-safe.
class SignedAddresses {
 public:
  // `valid_s`: how long an address is good, at least; it is so for at most a quarter longer.
  SignedAddresses(std::string key, std::int64_t valid_s);

  // "/v1/audio/<key>?until=<Unix seconds>&signature=<base64url>". The same text within a period, so
  // that a browser finds again what it keeps. Requires: `sound_type(file)` is not
  // empty.
  std::string sign(std::string_view file, Micros now) const;

  enum class Verdict : std::uint8_t { good, ended, wrong };
  // `until` and `signature` as they stand in the address.
  Verdict check(std::string_view file, std::string_view until, std::string_view signature,
                Micros now) const;

  // The number of the period: addresses signed in two periods differ.
  std::int64_t period(Micros now) const { return now / kSecond / period_s_; }

 private:
  std::string signature_of(std::string_view file, std::string_view until) const;

  const std::string key_;
  const std::int64_t valid_s_;
  const std::int64_t period_s_;
};

}  // namespace segue::gateway
