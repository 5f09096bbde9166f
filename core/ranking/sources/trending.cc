#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 7> kColumns = {
    "plays_day", "plays_trend", "plays_ever", "age", "silence", "listeners", "one_listener"};
constexpr std::size_t kProposed = 60;

// The tracks played most of late, by all listeners.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto trending = query.models().trending();
  for (const ItemModels::Slot slot : trending.first(std::min(trending.size(), kProposed))) {
    candidates.add(slot, source, query.models().plays_trend(query.models()[slot], query.now()));
  }
}

// 0 now, 1 in about half a year.
float days_scaled(Micros span) {
  constexpr float kPerDay = 1.0F / static_cast<float>(kDay);
  return 0.2F * log1p_about(static_cast<float>(std::max<Micros>(0, span)) * kPerDay);
}

// Plays on a logarithmic scale, flat below an eighth of a play.
void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  const ItemModels::Model& model = query.models()[candidate.slot];
  columns[0] = 0.1F * query.models().log2_plays_day(model, query.now());
  columns[1] = 0.1F * query.models().log2_plays_trend(model, query.now());
  columns[2] = 0.1F * model.log2_plays;
  columns[3] = days_scaled(query.now() - model.first);
  columns[4] = days_scaled(query.now() - model.time);
  columns[5] = 0.2F * log1p_about(model.listeners);
  columns[6] = model.listeners < 1.5F ? 1.0F : 0.0F;
}

// Popular is what many play, never what one does.
std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts&) {
  if (candidate.raw[source] == 0) return "How popular it is";
  if (query.models().is_common(candidate.slot)) return "Popular right now";
  return query.models()[candidate.slot].holders > 1 ? "Others listen to this now" : "New here";
}

}  // namespace

const Source kTrending{.name = "trending",
                       .scale = 0.3F,
                       .gain = 0.2F,
                       .propose = propose,
                       .from_context = false,
                       .columns = kColumns,
                       .describe = describe,
                       .because = because};

}  // namespace segue
