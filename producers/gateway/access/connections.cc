#include "producers/gateway/access/connections.h"

#include <utility>
#include <vector>

namespace segue::gateway {

Connections::Slot::Slot(Connections& connections, std::string address)
    : connections_(connections),
      address_(std::move(address)),
      place_(connections.slots_.insert(connections.slots_.end(), this)) {
  ++connections_.by_address_[address_];
}

Connections::Slot::~Slot() {
  connections_.slots_.erase(place_);
  const auto count = connections_.by_address_.find(address_);
  if (--count->second == 0) connections_.by_address_.erase(count);
  connections_.left_();
}

bool Connections::Slot::one_too_many() const {
  return connections_.by_address_.at(address_) > connections_.per_address_max_;
}

void Connections::Slot::on_leave(std::function<void()> leave) {
  leave_ = std::move(leave);
  if (leave_ && connections_.draining_) std::exchange(leave_, nullptr)();
}

void Connections::drain() {
  draining_ = true;
  // A connection that leaves at once takes itself off the list.
  std::vector<std::function<void()>> leaves;
  for (Slot* slot : slots_) {
    if (slot->leave_) leaves.push_back(std::exchange(slot->leave_, nullptr));
  }
  for (const auto& leave : leaves) leave();
}

void Connections::cut() {
  for (Slot* slot : slots_) {
    if (slot->cut_) slot->cut_();
  }
}

}  // namespace segue::gateway
