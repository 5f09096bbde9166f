#include <cmath>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

// Sequential rules over the context (Ludewig & Jannach, 2018): the listens that came up to five
// after each track, nearer ones counting more: sum over d of w_d R[a_d][c] / sqrt(total + 5).
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto context = query.context();
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (context[i].slot == ItemModels::kNone) continue;
    const ItemModels::Model& model = query.models()[context[i].slot];
    const float weight = context[i].weight / std::sqrt(model.follows_total + 5);
    for (const ItemModels::Link& link : model.links) {
      candidates.add(link.slot, source, link.follows * weight, i);
    }
  }
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts& texts) {
  const Query::Past& past = query.context()[candidate.from[source]];
  return with_title(texts, "Goes with ", query, past, "Goes with what you are hearing");
}

}  // namespace

const Source kFollows{.name = "follows", .propose = propose, .because = because};

}  // namespace segue
