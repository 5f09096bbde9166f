#include <algorithm>
#include <array>

#include "core/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"to_session", "to_taste", "liking"};

void propose(const Query& query, std::size_t source, Candidates& candidates) {
  for (const Near& near : query.near()) {
    candidates.add(query.models().find(near.track), source, near.similarity);
  }
}

// How near a candidate is to the session and to the listener's taste: cosines; and how much the
// factorisation says they like it.
void describe(const Query& query, const Candidate& candidate, float* columns) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  columns[0] = 0.3F * dot(query.session_direction(), track.direction);
  columns[1] = 0.3F * dot(query.taste_direction(), track.direction);
  columns[2] = 0.15F * std::clamp(dot(query.listener().vector, track.vector), -1.0F, 2.0F);
}

std::string because(const Query& query, const Candidate& candidate, std::size_t) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  const bool session = dot(query.session_direction(), track.direction) >
                       dot(query.taste_direction(), track.direction);
  return session ? "close to what you are hearing" : "close to your taste";
}

}  // namespace

const Source kNearest{.name = "nearest",
                      .gain = 5,
                      .prior_log = 0.3F,
                      .prior_relative = 0.2F,
                      .propose = propose,
                      .columns = kColumns,
                      .describe = describe,
                      .because = because};

}  // namespace segue
