#include "core/models/composed_tracks.h"

namespace segue {

void ComposedTracks::put(ItemId track, std::string_view wish) {
  remove(track);
  const auto place = place_of(wish);
  if (!place) return;
  if (all_.size() == kMax) all_.erase(all_.begin());
  all_.push_back({track, *place});
}

void ComposedTracks::remove(ItemId track) {
  std::erase_if(all_, [&](const Track& each) { return each.id == track; });
}

}  // namespace segue
