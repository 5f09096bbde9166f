#include "core/ranking/rules/barred.h"

#include <algorithm>

namespace segue {
namespace {

template <class Id>
void add(std::vector<std::uint64_t>& values, const std::vector<Id>& ids) {
  for (const Id id : ids) values.push_back(id.value);
}

}  // namespace

Barred::Barred(const Query& query) : filtered_(query.filtered()) {
  const Listener& listener = query.listener();
  add(tracks_, listener.hidden_tracks);
  add(artists_, listener.hidden_artists);
  explicit_allowed_ = listener.explicit_allowed;
  if (listener.request) {
    add(tracks_, listener.request->excluded_tracks);
    add(tracks_, listener.request->queued);
    add(artists_, listener.request->excluded_artists);
    if (listener.request->seed) tracks_.push_back(listener.request->seed.value);
    for (const Seed& seed : listener.request->seeds) {
      if (seed.track) tracks_.push_back(seed.track.value);
    }
    explicit_allowed_ = explicit_allowed_ && listener.request->explicit_allowed;
  }
  std::sort(tracks_.begin(), tracks_.end());
  std::sort(artists_.begin(), artists_.end());
}

bool Barred::operator()(const ItemModels::Model& track) const {
  return (track.is_explicit && !explicit_allowed_) ||
         std::binary_search(tracks_.begin(), tracks_.end(), track.id.value) ||
         std::binary_search(artists_.begin(), artists_.end(), track.artist.value) ||
         (filtered_ != nullptr && !filtered_->has(track));
}

}  // namespace segue
