#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

// XXH3 of eight bytes, run backwards: what somebody does who wants the id of another's track.
namespace segue::twins {

// With what core/ids.cc seeds the hash of each kind.
inline constexpr std::uint64_t kOfTracks = 0;
inline constexpr std::uint64_t kOfArtists = 1;

// The eight bytes whose XXH3 this is; there is no other such text of eight.
inline std::string eight_bytes_of(std::uint64_t hash, std::uint64_t seed = kOfTracks) {
  constexpr std::uint64_t kOdd = 0x9FB21C651E98DF25ULL;
  const auto rotated = [](std::uint64_t x, int by) { return x << by | x >> (64 - by); };
  std::uint64_t inverse = kOdd;  // of an odd number modulo 2^64, by Newton's method
  for (int i = 0; i < 6; ++i) inverse *= 2 - kOdd * inverse;

  std::uint64_t x = hash ^ hash >> 28U ^ hash >> 56U;
  x *= inverse;
  x ^= (x >> 35U) + 8;
  x *= inverse;
  // The step is a polynomial f of rotations over GF(2) with f^64 = 1, so f^63 undoes it.
  for (int i = 0; i < 63; ++i) x = x ^ rotated(x, 49) ^ rotated(x, 24);
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::memcpy(&low, XXH3_kSecret + 8, 8);
  std::memcpy(&high, XXH3_kSecret + 16, 8);
  const std::uint64_t swapped = __builtin_bswap32(static_cast<std::uint32_t>(seed));
  x = rotated(x ^ ((low ^ high) - (seed ^ swapped << 32U)), 32);
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &x, 8);
  return bytes;
}

// Two texts of one hash.
struct Twins {
  std::string text;
  std::string twin;  // eight printable characters
};

// The first of prefix1, prefix2, … that has a printable twin; some three thousand tries.
inline Twins find(const std::string& prefix, std::uint64_t seed = kOfTracks) {
  for (int number = 1;; ++number) {
    const std::string text = prefix + std::to_string(number);
    const std::uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), seed);
    std::string twin = eight_bytes_of(hash, seed);
    const bool printable = std::all_of(twin.begin(), twin.end(), [](char c) {
      return c > ' ' && c <= '~' && c != '"' && c != '\\';
    });
    if (printable && twin != text) return {text, twin};
  }
}

}  // namespace segue::twins
