#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "core/io/http/awaiting.h"

namespace segue::gateway {

namespace asio = boost::asio;

using io::kAsTuple;
using io::kRethrow;

// Lets one coroutine wait for what others of the same thread do. A call of `wake` that comes before
// the wait is not lost; several count as one.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

  void wake() {
    woken_ = true;
    timer_.cancel();
  }
  // True if woken, false when the time is over. Requires: no other coroutine waits.
  asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point until) {
    if (!woken_) {
      timer_.expires_at(until);
      co_await timer_.async_wait(kAsTuple);
    }
    co_return std::exchange(woken_, false);
  }

 private:
  asio::steady_timer timer_;
  bool woken_ = false;
};

}  // namespace segue::gateway
