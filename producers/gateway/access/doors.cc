#include "producers/gateway/access/doors.h"

#include <utility>
#include <vector>

namespace segue::gateway {

Doors::Visit::Visit(Doors& doors, std::string address)
    : doors_(doors),
      address_(std::move(address)),
      place_(doors.visits_.insert(doors.visits_.end(), this)) {
  ++doors_.by_address_[address_];
}

Doors::Visit::~Visit() {
  doors_.visits_.erase(place_);
  const auto count = doors_.by_address_.find(address_);
  if (--count->second == 0) doors_.by_address_.erase(count);
  doors_.left_();
}

bool Doors::Visit::one_too_many() const {
  return doors_.by_address_.at(address_) > doors_.per_address_max_;
}

void Doors::Visit::on_leave(std::function<void()> leave) {
  leave_ = std::move(leave);
  if (leave_ && doors_.draining_) std::exchange(leave_, nullptr)();
}

void Doors::drain() {
  draining_ = true;
  // Who leaves at once takes itself off the list.
  std::vector<std::function<void()>> leaves;
  for (Visit* visit : visits_) {
    if (visit->leave_) leaves.push_back(std::exchange(visit->leave_, nullptr));
  }
  for (const auto& leave : leaves) leave();
}

void Doors::cut() {
  for (Visit* visit : visits_) {
    if (visit->cut_) visit->cut_();
  }
}

}  // namespace segue::gateway
