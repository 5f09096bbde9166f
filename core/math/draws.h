#pragma once

#include <cstdint>

namespace segue {

// Numbers that follow from a seed alone, the same on every machine (SplitMix64; Steele, Lea and
// Flood, 2014).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E37'79B9'7F4A'7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D0'49BB'1331'11EBULL;
    return mixed ^ (mixed >> 31);
  }
  // 0 up to but not 1.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // 0 up to but not `n`. Requires: 0 < n < 2^31.
  int below(int n) {
    return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(n) >> 32);
  }
  // Whether something happens that happens this many times in a thousand.
  bool chance(int per_mille) { return below(1'000) < per_mille; }

 private:
  std::uint64_t state_;
};

}  // namespace segue
