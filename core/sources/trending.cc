#include <algorithm>
#include <array>
#include <cmath>

#include "core/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"plays_day", "plays_trend", "plays_ever"};
constexpr std::size_t kProposed = 60;

// What is played most of late, whoever listens.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto trending = query.models().trending();
  for (const ItemModels::Slot slot : trending.first(std::min(trending.size(), kProposed))) {
    candidates.add(slot, source, query.models().plays_trend(query.models()[slot], query.now()));
  }
}

// Plays on a logarithmic scale, flat below an eighth of a play.
void describe(const Query& query, const Candidate& candidate, float* columns) {
  const ItemModels::Model& model = query.models()[candidate.slot];
  columns[0] = 0.1F * query.models().log2_plays_day(model, query.now());
  columns[1] = 0.1F * query.models().log2_plays_trend(model, query.now());
  columns[2] = 0.1F * model.log2_plays;
}

std::string because(const Query&, const Candidate& candidate, std::size_t source) {
  return candidate.raw[source] > 0 ? "many listen to this now" : "how well known it is";
}

}  // namespace

const Source kTrending{.name = "trending",
                       .scale = 0.3F,
                       .gain = 0.2F,
                       .propose = propose,
                       .columns = kColumns,
                       .describe = describe,
                       .because = because};

}  // namespace segue
