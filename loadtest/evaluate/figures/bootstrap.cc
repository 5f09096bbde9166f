#include "loadtest/evaluate/figures/bootstrap.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

#include "core/check.h"
#include "producers/replay/simulation/random.h"

namespace segue {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kTail = 0.025;

// The part of one listener, or a block of them, in a figure.
struct Block {
  double listens = 0;
  double hits = 0;
  double reciprocal_ranks = 0;

  void add(const Block& other) {
    listens += other.listens;
    hits += other.hits;
    reciprocal_ranks += other.reciprocal_ranks;
  }
};

Block block_of(Verdict verdict) {
  const bool hit = verdict.rank > 0;
  return {.listens = 1, .hits = hit ? 1.0 : 0.0, .reciprocal_ranks = hit ? 1.0 / verdict.rank : 0};
}

// Gathers what `part(i)` says of listen i by listener.
template <class Part>
std::vector<Block> blocks_of(std::span<const ScoredListen> listens, Group group, Part&& part) {
  boost::unordered_flat_map<std::uint32_t, std::uint32_t> numbers;
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < listens.size(); ++i) {
    if ((listens[i].groups & group) == 0) continue;
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const auto [found, added] = numbers.try_emplace(listens[i].listener, next);
    std::size_t block = found->second;
    if (block >= kBlocksMax) block = Random::mixed(block) % kBlocksMax;
    if (block >= blocks.size()) blocks.resize(block + 1);
    blocks[block].add(part(i));
  }
  return blocks;
}

Estimate estimate_of(double value, std::vector<double>& resampled) {
  std::ranges::sort(resampled);
  const auto at = [&](double share) {
    return resampled[static_cast<std::size_t>(share * static_cast<double>(kResamples - 1))];
  };
  const auto above = resampled.end() - std::upper_bound(resampled.begin(), resampled.end(), 0.0);
  return {.value = value,
          .low = at(kTail),
          .high = at(1 - kTail),
          .above = static_cast<double>(above) / static_cast<double>(kResamples)};
}

Estimates resample(const std::vector<Block>& blocks) {
  if (blocks.empty()) return {};
  Block all;
  for (const Block& block : blocks) all.add(block);
  Random random(kSeed);
  std::vector<double> hit_rates(kResamples);
  std::vector<double> mrrs(kResamples);
  for (std::size_t r = 0; r < kResamples; ++r) {
    Block drawn;
    for (std::size_t i = 0; i < blocks.size(); ++i)
      drawn.add(blocks[random.below(static_cast<std::uint32_t>(blocks.size()))]);
    hit_rates[r] = drawn.listens > 0 ? drawn.hits / drawn.listens : 0;
    mrrs[r] = drawn.listens > 0 ? drawn.reciprocal_ranks / drawn.listens : 0;
  }
  return {.hit_rate_at_20 = estimate_of(all.hits / all.listens, hit_rates),
          .mrr_at_20 = estimate_of(all.reciprocal_ranks / all.listens, mrrs)};
}

}  // namespace

Estimates estimate(std::span<const ScoredListen> listens, std::span<const Verdict> verdicts,
                   Group group) {
  SEGUE_CHECK(listens.size() == verdicts.size());
  return resample(blocks_of(listens, group, [&](std::size_t i) { return block_of(verdicts[i]); }));
}

Estimates difference(std::span<const ScoredListen> listens, std::span<const Verdict> control,
                     std::span<const Verdict> trial, Group group) {
  SEGUE_CHECK(listens.size() == control.size() && listens.size() == trial.size());
  return resample(blocks_of(listens, group, [&](std::size_t i) {
    const Block before = block_of(control[i]);
    const Block after = block_of(trial[i]);
    return Block{.listens = 1,
                 .hits = after.hits - before.hits,
                 .reciprocal_ranks = after.reciprocal_ranks - before.reciprocal_ranks};
  }));
}

}  // namespace segue
