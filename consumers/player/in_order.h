#pragma once

#include <cstdint>
#include <deque>

namespace segue::player {

// Turns confirmations that come in any order into one number: everything up to it is settled. So a
// player needs no list of single acknowledgements. One thread.
class InOrder {
 public:
  // The number of the next event, from 1.
  std::uint64_t begin();
  // Requires: `number` was given by `begin` and is not settled.
  void settle(std::uint64_t number);
  // All up to this number are settled; 0: none.
  std::uint64_t settled() const { return settled_; }
  std::size_t open() const { return open_; }

 private:
  std::uint64_t settled_ = 0;
  std::size_t open_ = 0;
  std::deque<bool> after_;  // [i]: whether settled_ + 1 + i is settled
};

}  // namespace segue::player
