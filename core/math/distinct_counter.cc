#include "core/math/distinct_counter.h"

#include <algorithm>
#include <cmath>

namespace segue {
namespace {

constexpr std::size_t kWordBits = 64;

}  // namespace

DistinctCounter::DistinctCounter() : words_(kBits / kWordBits) {}

void DistinctCounter::add(std::uint64_t hash) {
  const std::size_t at = hash % kBits;
  const std::uint64_t bit = std::uint64_t{1} << (at % kWordBits);
  std::atomic<std::uint64_t>& word = words_[at / kWordBits];
  // Most were seen before: a look keeps the line shared between the threads.
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return;
  const std::uint64_t before = word.fetch_or(bit, std::memory_order_relaxed);
  if ((before & bit) == 0) bits_set_.fetch_add(1, std::memory_order_relaxed);
}

double DistinctCounter::estimate() const {
  const std::size_t set = std::min(bits_set_.load(std::memory_order_relaxed), kBits - 1);
  constexpr auto kAll = static_cast<double>(kBits);
  return -kAll * std::log1p(-static_cast<double>(set) / kAll);
}

}  // namespace segue
