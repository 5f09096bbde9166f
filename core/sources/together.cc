#include <cmath>

#include "core/sources/source.h"

namespace segue {
namespace {

// What is heard in the sessions of the context's tracks, before or after them:
// sum over d of w_d C[a_d][c] / sqrt(total + 5).
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto context = query.context();
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (context[i].slot == ItemModels::kNone) continue;
    const ItemModels::Model& model = query.models()[context[i].slot];
    const float weight = context[i].weight / std::sqrt(model.together_total + 5);
    for (const ItemModels::Link& link : model.links) {
      candidates.add(link.slot, source, link.together * weight, i);
    }
  }
}

std::string because(const Query& query, const Candidate& candidate, std::size_t source) {
  const Query::Past& past = query.context()[candidate.from[source]];
  return "often heard together with " + std::string(display_name(query.models()[past.slot]));
}

}  // namespace

const Source kTogether{.name = "together",
                       .prior_log = 0.3F,
                       .prior_relative = 0.2F,
                       .propose = propose,
                       .because = because};

}  // namespace segue
