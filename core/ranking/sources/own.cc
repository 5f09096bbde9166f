#include <cmath>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr float kBeforeLast = 0.87F;
constexpr float kSecondNext = 0.15F;

// Tracks that this listener played after the latest one before, the more the longer they are
// following their own earlier order (an album, a playlist).
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const Repeat* latest = query.latest_repeat();
  if (latest == nullptr) return;
  const auto& repeats = query.listener().repeats;
  const auto add = [&](std::uint16_t at, float raw) {
    candidates.add_heard(query.models().find(item_of(repeats[at].track)), source, raw);
  };
  const auto run = static_cast<float>(query.listener().own_run + 1);
  float weight = run * run / (run * run + 1);
  for (const std::uint16_t next : latest->next) {
    if (next == Repeat::kNone) break;
    add(next, weight);
    const std::uint16_t second = repeats[next].next[0];
    if (second != Repeat::kNone) add(second, kSecondNext * weight);
    weight *= kBeforeLast / 2;
  }
}

std::string_view because(const Query& query, const Candidate&, std::size_t, Texts& texts) {
  return with_title(texts, "You played it after ", query, query.context().front(),
                    "You played them in this order before");
}

}  // namespace

const Source kOwn{.name = "own_order",
                  .scale = 0.4F,
                  .gain = 20,
                  .prior_log = 0.3F,
                  .prior_relative = 0.2F,
                  .propose = propose,
                  .because = because};

}  // namespace segue
