#include "consumers/player/listed_tracks.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace segue::player {

void ListedTracks::take(const Record& record) {
  // Nearly all decisions list nothing: these are not parsed.
  const std::string_view track = header(record, kDecidedTrackHeader);
  if (track.empty() || !record.key || !record.value) return;
  auto decision = decode_decision(*record.value);
  if (!decision || decision->user_id != *record.key || decision->track_id != track) return;
  std::list<Order::iterator>& own = of_[*record.key];
  const auto same =
      std::ranges::find_if(own, [&](const auto each) { return (*each)->track_id == track; });
  if (same != own.end()) {
    order_.erase(*same);
    own.erase(same);
  }
  order_.push_back(std::make_shared<const PublishedDecision>(std::move(*decision)));
  own.push_back(std::prev(order_.end()));
  if (own.size() > kOfListenerMax) drop(own.front());
  if (order_.size() > held_max_) drop(order_.begin());
}

void ListedTracks::erase(const std::string& listener, Micros at) {
  const auto found = of_.find(listener);
  if (found == of_.end()) return;
  std::erase_if(found->second, [&](const Order::iterator each) {
    const bool before = (*each)->time <= at;
    if (before) order_.erase(each);
    return before;
  });
  if (found->second.empty()) of_.erase(found);
}

DecisionPtr ListedTracks::find(const std::string& listener, std::string_view track_id) const {
  const auto found = of_.find(listener);
  if (found == of_.end()) return nullptr;
  const auto& own = found->second;
  const auto track =
      std::ranges::find_if(own, [&](const auto each) { return (*each)->track_id == track_id; });
  return track == own.end() ? nullptr : **track;
}

void ListedTracks::drop(Order::iterator decision) {
  const auto found = of_.find((*decision)->user_id);
  found->second.remove(decision);
  if (found->second.empty()) of_.erase(found);
  order_.erase(decision);
}

}  // namespace segue::player
