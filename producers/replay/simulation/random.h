#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace segue {

// xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64: the same numbers everywhere, which
// the distributions of the standard library do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      word = mixed(seed);
    }
  }

  // The finaliser of splitmix64: spreads neighbouring numbers over all 64 bits.
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint64_t next() {
    const std::uint64_t result = rotated(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotated(state_[3], 45);
    return result;
  }

  // 0 to n - 1. Requires: n > 0. The bias is below n / 2^32, nothing a listener would notice.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
  }
  // From `first` to `last`, both included.
  std::uint32_t between(std::uint32_t first, std::uint32_t last) {
    return first + below(last - first + 1);
  }
  // 0 to just below 1.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }

 private:
  static std::uint64_t rotated(std::uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
  }
  std::array<std::uint64_t, 4> state_{};
};

// Ranks from 0, of which rank r is drawn with a weight of 1 / (r + flatness): few are drawn often,
// many now and then, as with artists, songs and playlists.
class LongTail {
 public:
  LongTail(std::uint32_t ranks, double flatness) {
    sums_.reserve(ranks);
    double sum = 0;
    for (std::uint32_t r = 0; r < ranks; ++r) sums_.push_back(sum += 1 / (r + flatness));
  }

  // One of the first `ranks` ranks. Requires: 0 < ranks <= those it was made for.
  std::uint32_t draw(Random& random, std::uint32_t ranks) const {
    const double target = random.unit() * sums_[ranks - 1];
    const auto found = std::upper_bound(sums_.begin(), sums_.begin() + ranks - 1, target);
    return static_cast<std::uint32_t>(found - sums_.begin());
  }
  std::uint32_t draw(Random& random) const {
    return draw(random, static_cast<std::uint32_t>(sums_.size()));
  }

 private:
  std::vector<double> sums_;
};

}  // namespace segue
