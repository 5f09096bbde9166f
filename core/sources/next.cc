#include <array>
#include <cmath>

#include "core/approximate.h"
#include "core/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 1> kColumns = {"count"};

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

// How often that happened: one time in one is less sure than ten in ten.
void describe(const Query& query, const Candidate& candidate, float* columns) {
  if (candidate.raw[0] == 0) return;
  const ItemModels::Model& latest = query.models()[query.context().front().slot];
  columns[0] = 0.3F * log1p_about(candidate.raw[0] * (latest.next_total + 0.5F));
}

std::string because(const Query& query, const Candidate&, std::size_t) {
  return "often right after " +
         std::string(display_name(query.models()[query.context().front().slot]));
}

}  // namespace

const Source kNext{.name = "next",
                   .propose = propose,
                   .columns = kColumns,
                   .describe = describe,
                   .because = because};

}  // namespace segue
