#include "core/ranking/nearby.h"

#include <utility>

namespace segue {

Nearby& NearbyMemory::of(std::uint64_t listener) {
  if (const auto found = recent_.find(listener); found != recent_.end()) return found->second;
  Nearby kept;
  if (const auto found = older_.find(listener); found != older_.end()) {
    kept = std::move(found->second);
    older_.erase(found);
  }
  if (recent_.size() == kListenersMax / 2) {
    older_ = std::move(recent_);
    recent_ = {};
  }
  return recent_.emplace(listener, std::move(kept)).first->second;
}

void NearbyMemory::forget(std::uint64_t listener) {
  recent_.erase(listener);
  older_.erase(listener);
}

}  // namespace segue
