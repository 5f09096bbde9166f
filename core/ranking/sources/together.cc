#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 2> kColumns = {"links", "links_share"};
constexpr float kLessEachStep = 0.08F;

// Tracks heard in the sessions of the context's tracks, before or after them:
// sum over d of v_d C[a_d][c] / sqrt(total + 5). Here the session counts as a whole, so v falls
// slowly: 1, 0.92, 0.84; of an earlier session as the context says.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto context = query.context();
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (context[i].slot == ItemModels::kNone) continue;
    const ItemModels::Model& model = query.models()[context[i].slot];
    const float share =
        context[i].in_session ? 1 - kLessEachStep * static_cast<float>(i) : context[i].weight;
    const float weight = share / std::sqrt(model.together_total + 5);
    for (const ItemModels::Link& link : model.links) {
      Candidate* const candidate = candidates.add(link.slot, source, link.together * weight, i);
      if (candidate != nullptr && context[i].in_session) ++candidate->links;
    }
  }
}

// Several tracks that agree say more than one that insists.
void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  if (candidate.links == 0) return;
  const auto links = static_cast<float>(candidate.links);
  columns[0] = 0.5F * log1p_about(links);
  columns[1] = links / static_cast<float>(query.context().size());
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts& texts) {
  const Query::Past& past = query.context()[candidate.from[source]];
  const bool often = past.slot != ItemModels::kNone && query.models().is_common(past.slot) &&
                     query.models().is_common(candidate.slot);
  if (often) {
    return with_title(texts, "Often heard with ", query, past, "Often heard with what you play");
  }
  return with_title(texts, "Heard with ", query, past, "Heard with what you play");
}

}  // namespace

const Source kTogether{.name = "together",
                       .prior_log = 0.3F,
                       .prior_relative = 0.2F,
                       .propose = propose,
                       .columns = kColumns,
                       .describe = describe,
                       .because = because};

}  // namespace segue
