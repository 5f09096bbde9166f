#include "consumers/player/in_order.h"

#include "core/check.h"

namespace segue::player {

std::uint64_t InOrder::begin() {
  after_.push_back(false);
  ++open_;
  return settled_ + after_.size();
}

void InOrder::settle(std::uint64_t number) {
  SEGUE_CHECK(number > settled_ && number - settled_ <= after_.size());
  after_[number - settled_ - 1] = true;
  --open_;
  while (!after_.empty() && after_.front()) {
    after_.pop_front();
    ++settled_;
  }
}

}  // namespace segue::player
