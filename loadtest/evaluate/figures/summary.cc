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

Summary summary_of(const Evaluated& result) {
  Summary summary{.lanes = {},
                  .events = result.events,
                  .listeners = result.listeners,
                  .tracks = result.tracks,
                  .items = result.items,
                  .unseen_share = 0,
                  .costs = result.costs};
  for (const Lane& lane : result.lanes) summary.lanes.push_back(summary_of(result, lane));
  const double unseen = static_cast<double>(result.quality(result.mix(), kUnseenTrack).scored);
  summary.unseen_share = ratio(unseen, static_cast<double>(summary.mix().all().scored));
  return summary;
}

double ratio(double mix, double baseline) { return baseline == 0 ? 0 : mix / baseline; }

}  // namespace segue
