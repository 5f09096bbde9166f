#include "loadtest/evaluate/figures/summary.h"

namespace segue {
namespace {

LaneSummary summary_of(const Evaluated& result, const Lane& lane) {
  LaneSummary summary{.name = lane.name,
                      .quality = {},
                      .sure = {},
                      .tracks_shown = lane.exposure.tracks_shown(),
                      .coverage = lane.exposure.coverage(result.tracks),
                      .gini = lane.exposure.gini(result.tracks),
                      .popularity_lift = lane.exposure.popularity_lift(),
                      .diversity = lane.exposure.diversity()};
  for (std::size_t i = 0; i < kGroups.size(); ++i) {
    summary.quality[i] = result.quality(lane, kGroups[i].group);
    summary.sure[i] = estimate(result.listens, lane.verdicts, kGroups[i].group);
  }
  return summary;
}

}  // namespace

Ends ends_of(const Evaluated& result) {
  Ends ends;
  std::uint64_t never_played = 0;
  std::uint64_t not_proposed = 0;
  for (std::size_t i = 0; i < result.listens.size(); ++i) {
    const ScoredListen& listen = result.listens[i];
    const Verdict verdict = result.mix().verdicts[i];
    if ((listen.groups & kAnyListen) == 0) continue;
    ends.quality[static_cast<std::size_t>(listen.kind)].add(verdict);
    if (verdict.rank > 0) continue;
    ++ends.misses.all;
    if (verdict.candidate) continue;
    ++((listen.groups & kUnseenTrack) != 0 ? never_played : not_proposed);
  }
  if (ends.misses.all == 0) return ends;
  const auto share = [&](std::uint64_t part) {
    return static_cast<double>(part) / static_cast<double>(ends.misses.all);
  };
  ends.misses.never_played = share(never_played);
  ends.misses.not_proposed = share(not_proposed);
  ends.misses.ranked_below = share(ends.misses.all - never_played - not_proposed);
  return ends;
}

Summary summary_of(const Evaluated& result) {
  Summary summary{.lanes = {},
                  .events = result.events,
                  .listeners = result.listeners,
                  .tracks = result.tracks,
                  .items = result.items,
                  .unseen_share = 0,
                  .ends = ends_of(result),
                  .costs = result.costs};
  for (const Lane& lane : result.lanes) summary.lanes.push_back(summary_of(result, lane));
  const double unseen = static_cast<double>(result.quality(result.mix(), kUnseenTrack).scored);
  summary.unseen_share = ratio(unseen, static_cast<double>(summary.mix().all().scored));
  return summary;
}

double ratio(double mix, double baseline) { return baseline == 0 ? 0 : mix / baseline; }

}  // namespace segue
