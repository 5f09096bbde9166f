#include "core/ranked.h"

#include <algorithm>
#include <utility>

namespace segue {

void RankedMemory::keep(std::uint64_t listener, std::uint64_t stamp, Ranked& ranked) {
  if (max_ == 0) return;
  Kept& kept = kept_[place_for(listener)];
  std::swap(kept.ranked, ranked);
  kept.stamp = stamp;
  kept.used = ++clock_;
}

bool RankedMemory::recall(std::uint64_t listener, std::uint64_t stamp, Ranked& ranked) {
  const auto found = by_listener_.find(listener);
  if (found == by_listener_.end() || kept_[found->second].stamp != stamp) return false;
  std::swap(kept_[found->second].ranked, ranked);
  kept_[found->second].stamp = 0;  // what is left there is another's
  return true;
}

Nearby& RankedMemory::nearby(std::uint64_t listener) {
  if (max_ == 0) return nobodys_ = {};
  Kept& kept = kept_[place_for(listener)];
  kept.used = ++clock_;
  return kept.nearby;
}

void RankedMemory::forget(std::uint64_t listener) {
  const auto found = by_listener_.find(listener);
  if (found == by_listener_.end()) return;
  kept_[found->second] = {};
  kept_[found->second].listener = listener;
}

std::size_t RankedMemory::place_for(std::uint64_t listener) {
  const auto found = by_listener_.find(listener);
  if (found != by_listener_.end()) return found->second;
  std::size_t place = kept_.size();
  if (place < max_) {
    kept_.emplace_back();
  } else {
    const auto oldest = std::min_element(
        kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
    place = static_cast<std::size_t>(oldest - kept_.begin());
    by_listener_.erase(oldest->listener);
    oldest->stamp = 0;
    oldest->nearby.age = -1;
  }
  kept_[place].listener = listener;
  by_listener_.emplace(listener, place);
  return place;
}

}  // namespace segue
