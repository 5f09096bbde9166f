#include "consumers/tail/latencies.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/check.h"

namespace segue::tail {

void Latencies::add(Micros latency) {
  const auto value = static_cast<std::uint64_t>(std::max<Micros>(latency, 0));
  ++counts_[bucket_of(std::min(value, (std::uint64_t{1} << kTopBits) - 1))];
  ++count_;
}

std::optional<Micros> Latencies::percentile(double share) const {
  SEGUE_CHECK(share > 0 && share <= 1);
  if (count_ == 0) return std::nullopt;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return middle_of(bucket);
  }
  return middle_of(kBuckets - 1);
}

// 128 to 255 have 64 buckets of 2, 256 to 511 have 64 of 4, and so on: the six bits after the
// leading one choose within the octave.
std::size_t Latencies::bucket_of(std::uint64_t latency) {
  const auto bits = static_cast<std::uint32_t>(std::bit_width(latency));
  if (bits <= kExactBits) return latency;
  const std::uint32_t shift = bits - kExactBits;
  const std::size_t octave = shift - 1;
  const std::size_t within = (latency >> shift) - kPerOctave;
  return (std::size_t{1} << kExactBits) + octave * kPerOctave + within;
}

Micros Latencies::middle_of(std::size_t bucket) {
  constexpr std::size_t kExact = std::size_t{1} << kExactBits;
  if (bucket < kExact) return static_cast<Micros>(bucket);
  const std::size_t shift = (bucket - kExact) / kPerOctave + 1;
  const std::size_t low = ((bucket - kExact) % kPerOctave + kPerOctave) << shift;
  return static_cast<Micros>(low + (std::size_t{1} << (shift - 1)));
}

}  // namespace segue::tail
