#include "loadtest/evaluate/figures/quality.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace segue {

Verdict verdict_of(std::span<const baseline::Track> list, baseline::Track target) {
  list = list.first(std::min<std::size_t>(list.size(), kDepth));
  const auto found = std::ranges::find(list, target);
  if (found == list.end()) return {};
  return {.rank = static_cast<std::uint8_t>(found - list.begin() + 1), .candidate = true};
}

void Quality::add(Verdict verdict) {
  ++scored;
  candidates += verdict.candidate ? 1 : 0;
  const int rank = verdict.rank;
  if (rank == 0) return;
  hits_at_1 += rank == 1 ? 1 : 0;
  hits_at_10 += rank <= 10 ? 1 : 0;
  hits_at_20 += 1;
  reciprocal_ranks += 1.0 / rank;
  if (rank <= 10) gains += 1 / std::log2(1.0 + rank);
}

Quality quality_of(std::span<const ScoredListen> listens, std::span<const Verdict> verdicts,
                   Group group) {
  SEGUE_CHECK(listens.size() == verdicts.size());
  Quality quality;
  for (std::size_t i = 0; i < listens.size(); ++i) {
    if ((listens[i].groups & group) != 0) quality.add(verdicts[i]);
  }
  return quality;
}

}  // namespace segue
