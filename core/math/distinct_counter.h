#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace segue {

// About how many different things were added, by their hashes: linear counting (Whang,
// Vander-Zanden and Taylor, 1990). Always one mebibyte; off by 0.03 % (one standard deviation) at
// ten million, and of use to about a hundred million. Thread-safe, without a lock.
class DistinctCounter {
 public:
  static constexpr std::size_t kBits = std::size_t{1} << 23U;

  DistinctCounter();
  // Requires: the low bits of the hash are as good as drawn by lot.
  void add(std::uint64_t hash);
  double estimate() const;

 private:
  std::vector<std::atomic<std::uint64_t>> words_;
  std::atomic<std::size_t> bits_set_ = 0;
};

}  // namespace segue
