#include <cmath>

#include "core/sources/source.h"

namespace segue {
namespace {

// What was played directly after the latest track: M1[a1][c] / (total + 0.5). First-order Markov.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  if (query.context().empty()) return;
  const Query::Past& latest = query.context().front();
  if (latest.slot == ItemModels::kNone) return;
  const ItemModels::Model& model = query.models()[latest.slot];
  const float share = 1 / (model.next_total + 0.5F);
  for (const ItemModels::Link& link : model.links) {
    if (link.next > 0) candidates.add(link.slot, source, link.next * share);
  }
}

std::string because(const Query& query, const Candidate&, std::size_t) {
  return "often right after " +
         std::string(display_name(query.models()[query.context().front().slot]));
}

}  // namespace

const Source kNext{.name = "next", .propose = propose, .because = because};

}  // namespace segue
