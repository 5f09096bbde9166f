#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace segue::tail {

// How long things took, in buckets at most 1.6 % wide, so percentiles of any number of values need
// the same small memory. Up to 2^36 microseconds (19 hours); longer counts as that. One thread.
class Latencies {
 public:
  // Negative counts as 0: clocks differ.
  void add(Micros latency);
  std::uint64_t count() const { return count_; }
  // The smallest latency, to the bucket's middle, that at least `share` of all do not exceed; none
  // without values. Requires: 0 < share <= 1.
  std::optional<Micros> percentile(double share) const;

 private:
  // Below 128 each microsecond is its own bucket; above, each octave has 64.
  static constexpr std::uint32_t kExactBits = 7;
  static constexpr std::uint32_t kTopBits = 36;
  static constexpr std::size_t kPerOctave = 64;
  static constexpr std::size_t kBuckets =
      (std::size_t{1} << kExactBits) + (kTopBits - kExactBits) * kPerOctave;

  static std::size_t bucket_of(std::uint64_t latency);
  static Micros middle_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace segue::tail
