#include <algorithm>
#include <array>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"to_session", "to_taste", "liking"};

void propose(const Query& query, std::size_t source, Candidates& candidates) {
  for (const Near& near : query.near()) {
    if (near.similarity <= 0) break;  // best first: what is left points away
    candidates.add(query.models().find(near.track), source, near.similarity);
  }
}

// How near a candidate is to the session and to the listener's taste: cosines; and how much the
// factorisation says they like it.
void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  const SmallVector& track = query.models()[candidate.slot].vector;
  columns[0] = 0.3F * cosine(query.session(), track);
  columns[1] = 0.3F * cosine(query.taste(), track);
  columns[2] = 0.15F * std::clamp(dot(query.taste(), track), -1.0F, 2.0F);
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t, Texts&) {
  const SmallVector& track = query.models()[candidate.slot].vector;
  return cosine(query.session(), track) > cosine(query.taste(), track)
             ? "Close to what you are hearing"
             : "Close to your taste";
}

}  // namespace

const Source kNearest{.name = "nearest",
                      .gain = 5,
                      .prior_log = 0.3F,
                      .prior_relative = 0.2F,
                      .propose = propose,
                      .when_few = true,
                      .columns = kColumns,
                      .describe = describe,
                      .because = because};

}  // namespace segue
