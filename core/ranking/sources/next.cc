#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"count", "in_order", "of_its_plays"};

// The track that was heard before the latest, in this session.
std::uint16_t before_latest(const Query& query) {
  const auto context = query.context();
  return context.size() > 1 && context[1].in_session ? mark_of(context[1].track) : std::uint16_t{0};
}

// Tracks played directly after the latest one: M1[a1][c] / (total + 0.5). First-order Markov;
// and whether the track before was the same as well, the last time: second-order.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  if (query.context().empty()) return;
  const Query::Past& latest = query.context().front();
  if (latest.slot == ItemModels::kNone) return;
  const ItemModels::Model& model = query.models()[latest.slot];
  const float share = 1 / (model.next_total + 0.5F);
  const std::uint16_t before = before_latest(query);
  for (const ItemModels::Link& link : model.links) {
    if (link.next <= 0) continue;
    Candidate* const candidate = candidates.add(link.slot, source, link.next * share);
    if (candidate != nullptr) candidate->in_order = before != 0 && link.before == before;
  }
}

// How often that happened: one time in one is less sure than ten in ten; and how often when the
// candidate was played at all.
void describe(const Query& query, const Candidate& candidate, std::size_t source, float* columns) {
  if (candidate.raw[source] == 0) return;
  const ItemModels::Model& latest = query.models()[query.context().front().slot];
  const float times = candidate.raw[source] * (latest.next_total + 0.5F);
  columns[0] = 0.3F * log1p_about(times);
  columns[1] = candidate.in_order ? 1.0F : 0.0F;
  columns[2] = std::min(1.0F, times * exp2_about(-query.models()[candidate.slot].log2_plays));
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t,
                         Texts& texts) {
  const ItemModels::Slot latest = query.context().front().slot;
  const ItemModels::Model& played = query.models()[latest];
  if (query.models().is_common(candidate.slot) && query.models().is_common(latest)) {
    return with_title(texts, "Often played after ", played,
                      "Often played after what you just heard");
  }
  return with_title(texts, "Played after ", played, "Played after what you just heard");
}

}  // namespace

const Source kNext{.name = "next",
                   .propose = propose,
                   .columns = kColumns,
                   .describe = describe,
                   .because = because};

}  // namespace segue
