#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 14> kColumns = {
    "is_repeat",     "log_plays",      "habit",           "within_3min", "within_1h",
    "within_1d",     "within_1w",      "within_8w",       "distance_1",  "distance_2",
    "distance_3to5", "distance_6to10", "earlier_session", "nearness"};
constexpr std::array<float, 5> kRecencySeconds = {180, 3'600, 86'400, 604'800, 8 * 604'800};

// How present a track is in memory, from frequency and recency; after ACT-R's base level (Anderson
// & Schooler, 1991; for music Reiter-Haas et al., 2021) with one trace: n / sqrt(minutes + 1).
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto& repeats = query.listener().repeats;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    const Repeat& repeat = repeats[i];
    const double minutes = std::max(0.0, seconds_of(query.now() - repeat.last) / 60);
    const float raw =
        faded(repeat.plays, repeat.last, query.now()) / static_cast<float>(std::sqrt(minutes + 1));
    Candidate* candidate =
        candidates.add_heard(query.models().find(item_of(repeat.track)), source, raw);
    if (candidate) candidate->repeat = static_cast<std::int32_t>(i);
  }
}

// 1 = the latest listen of the session; 0: not in its last ten.
std::size_t session_distance(const Query& query, ItemModels::Slot slot) {
  const auto context = query.context();
  for (std::size_t i = 0; i < context.size() && context[i].in_session; ++i) {
    if (context[i].slot == slot) return i + 1;
  }
  return 0;
}

void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  if (candidate.repeat < 0) return;
  const Repeat& repeat = query.listener().repeats[static_cast<std::size_t>(candidate.repeat)];
  columns[0] = 1;
  columns[1] = 0.5F * log1p_about(repeat.plays);
  columns[2] = query.listener().repeat_share;
  const auto age = static_cast<float>(seconds_of(query.now() - repeat.last));
  for (std::size_t i = 0; i < kRecencySeconds.size(); ++i) {
    columns[3 + i] = exp_about(-age / kRecencySeconds[i]);
  }
  const std::size_t distance = session_distance(query, candidate.slot);
  if (distance == 0) {
    columns[12] = 1;
  } else {
    columns[13] = 1 / static_cast<float>(distance);
    columns[distance == 1 ? 8 : distance == 2 ? 9 : distance <= 5 ? 10 : 11] = 1;
  }
}

std::string_view because(const Query&, const Candidate& candidate, std::size_t, Texts&) {
  return candidate.repeat < 0 ? "New to you" : "You come back to this";
}

}  // namespace

const Source kRepeats{.name = "repeats",
                      .scale = 0.4F,
                      .gain = 20,
                      .propose = propose,
                      .from_context = false,
                      .columns = kColumns,
                      .describe = describe,
                      .because = because};

}  // namespace segue
