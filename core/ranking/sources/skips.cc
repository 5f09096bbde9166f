#include <algorithm>
#include <array>
#include <cmath>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"track", "artist", "artist_x_heard"};
constexpr std::array<float, 3> kPriors = {-1, -0.5F, 0};

// Negative evidence: what goes with the tracks that were skipped in this session, as `follows` does
// for what was listened to. Proposes nothing of its own. Requires: the last of the sources that
// propose.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto& skips = query.listener().skips;
  for (std::size_t i = 0; i < skips.size(); ++i) {
    const ItemModels::Slot slot = query.models().find(item_of(skips[i].track));
    if (slot == ItemModels::kNone) continue;
    const ItemModels::Model& model = query.models()[slot];
    const float weight = skips[i].weight / std::sqrt(model.follows_total + 5);
    for (const ItemModels::Link& link : model.links) {
      if (candidates.find(link.slot) < 0) continue;
      candidates.add(link.slot, source, link.follows * weight, i);
    }
  }
}

void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  if (query.listener().skips.empty()) return;
  const ItemModels::Model& track = query.models()[candidate.slot];
  columns[0] = std::min(1.0F, query.skips_of(as_track(track.id)));
  const Query::KnownArtist& artist = query.known(track.artist);
  columns[1] = std::log1p(artist.skips);
  columns[2] = columns[1] * artist.session;
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t,
                         Texts& texts) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  if (query.skips_of(as_track(track.id)) > 0) return "You just skipped this";
  if (query.known(track.artist).skips > 0 && track.artist_slot != ItemModels::kNone) {
    return with_title(texts, "You just skipped ", query.models()[track.artist_slot],
                      "You just skipped this artist");
  }
  return "Goes with what you just skipped";
}

}  // namespace

const Source kSkips{.name = "skips",
                    .prior_log = -0.5F,
                    .prior_relative = 0,
                    .propose = propose,
                    .columns = kColumns,
                    .priors = kPriors,
                    .describe = describe,
                    .because = because};

}  // namespace segue
