#pragma once

#include <cstdint>
#include <span>

#include "loadtest/evaluate/run/history.h"

namespace segue {

// Lists are judged to this depth, whatever their length.
inline constexpr std::int32_t kDepth = 20;

// A predicted listen, by any model. Listens for learning curves alone are in no group.
struct ScoredListen {
  std::uint32_t listener = 0;
  std::uint64_t event = 0;  // number in the stream, from 0
  std::uint8_t groups = 0;
  Kind kind = Kind::other;
  bool operator==(const ScoredListen&) const = default;
};

// How one model's list did on one of them.
struct Verdict {
  std::uint8_t rank = 0;   // 1 = first; 0 = not among the first kDepth
  bool candidate = false;  // the target was considered at all
  bool operator==(const Verdict&) const = default;
};

// For a list that considered nothing else than it shows.
Verdict verdict_of(std::span<const baseline::Track> list, baseline::Track target);

// Sums over listens; rates are read from them. Without listens all rates are 0.
struct Quality {
  std::uint64_t scored = 0;
  std::uint64_t candidates = 0;
  std::uint64_t hits_at_1 = 0;
  std::uint64_t hits_at_10 = 0;
  std::uint64_t hits_at_20 = 0;
  double reciprocal_ranks = 0;  // of ranks up to 20
  double gains = 0;             // 1 / log2(1 + rank) of ranks up to 10

  void add(Verdict verdict);
  double hit_rate_at_1() const { return share(static_cast<double>(hits_at_1)); }
  double hit_rate_at_10() const { return share(static_cast<double>(hits_at_10)); }
  double hit_rate_at_20() const { return share(static_cast<double>(hits_at_20)); }
  double mrr_at_20() const { return share(reciprocal_ranks); }
  // One track is relevant, so the ideal gain is 1.
  double ndcg_at_10() const { return share(gains); }
  double candidate_share() const { return share(static_cast<double>(candidates)); }

 private:
  double share(double part) const { return scored == 0 ? 0 : part / static_cast<double>(scored); }
};

// Over the listens of a group. Requires: a verdict a listen.
Quality quality_of(std::span<const ScoredListen> listens, std::span<const Verdict> verdicts,
                   Group group = kAnyListen);

}  // namespace segue
