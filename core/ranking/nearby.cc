#include "core/ranking/nearby.h"

#include <utility>

namespace segue {

Nearby& NearbyMemory::of(ListenerId listener) {
  if (const auto found = recent_.find(listener.value); found != recent_.end()) return found->second;
  Nearby kept;
  if (const auto found = older_.find(listener.value); found != older_.end()) {
    kept = std::move(found->second);
    older_.erase(found);
  }
  if (recent_.size() == kListenersMax / 2) {
    older_ = std::move(recent_);
    recent_ = {};
  }
  return recent_.emplace(listener.value, std::move(kept)).first->second;
}

void NearbyMemory::forget(ListenerId listener) {
  recent_.erase(listener.value);
  older_.erase(listener.value);
}

}  // namespace segue
