#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace segue {

// Microseconds since 1970-01-01T00:00:00Z. RFC 3339 outside, this inside.
using Micros = std::int64_t;

inline constexpr Micros kMillisecond = 1'000;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

inline double seconds_of(Micros span) { return static_cast<double>(span) / 1e6; }

// Reads RFC 3339 ("2026-11-21T02:26:52.125Z", with or without a fraction, Z or +hh:mm), for years
// 1970 to 2199. Anything else is Reason::bad_time.
Result<Micros> parse_time(std::string_view text);

// The year, UTC, of a time from 1970 on.
int year_of(Micros time);

// Writes RFC 3339 UTC with milliseconds: "2026-11-21T02:26:52.125Z".
std::string format_time(Micros time);

}  // namespace segue
