#include "core/ranking/filtered.h"

#include <algorithm>

#include "core/generation/job.h"
#include "core/listener/narrowed.h"

namespace segue {
namespace {

bool is_of(Filter::Kind kind, const ItemModels::Model& track) {
  switch (kind) {
    case Filter::Kind::recorded:
      return track.made == 0;
    case Filter::Kind::composed:
      return (track.made & bit_of(AiPart::composed)) != 0;
    case Filter::Kind::any:
      break;
  }
  return true;
}

}  // namespace

Filtered::Filtered(const Listener& listener) : filter_(listener.request->filter) {
  if (filter_.not_heard_days > 0) heard_ = heard_within(listener, filter_.not_heard_days);
}

bool Filtered::has(const ItemModels::Model& track) const {
  if (!filter_.genres.empty() && !std::ranges::binary_search(filter_.genres, track.genre)) {
    return false;
  }
  if (!is_of(filter_.kind, track)) return false;
  if (filter_.length_ms.said() &&
      (track.duration_ms == 0 || !filter_.length_ms.has(track.duration_ms))) {
    return false;
  }
  if (filter_.year.said() && (track.year == 0 || !filter_.year.has(track.year))) return false;
  if (filter_.not_heard_days == 0) return true;
  // Composed tracks of earlier sessions are not remembered.
  return !is_composed_id(track.name) && !std::ranges::binary_search(heard_, as_track(track.id));
}

}  // namespace segue
