#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace segue::gateway {

namespace asio = boost::asio;

// How awaited operations of the gateway fail: with a code, never by throwing, for a peer that goes
// away is nothing unusual.
inline constexpr auto kAsTuple = asio::experimental::as_tuple(asio::use_awaitable);

// For coroutines nobody awaits: what they throw is our own fault or a person's to see to, and ends
// the process.
inline constexpr auto kRethrow = [](const std::exception_ptr& failure, auto&&...) {
  if (failure) std::rethrow_exception(failure);
};

// Lets one coroutine wait for what others of the same thread do. A call of `wake` that comes before
// the wait is not lost; several count as one.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

  void wake() {
    woken_ = true;
    timer_.cancel();
  }
  // True if woken, false when the time is over. Requires: nobody else waits.
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
