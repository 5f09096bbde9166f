#pragma once

#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace segue::io {

// Awaited operations fail with a code, never by throwing: a peer that goes away is nothing unusual.
inline constexpr auto kAsTuple = boost::asio::experimental::as_tuple(boost::asio::use_awaitable);

// For coroutines that no other awaits: what they throw is our own fault or a person's to see to,
// and ends the process.
inline constexpr auto kRethrow = [](const std::exception_ptr& failure, auto&&...) {
  if (failure) std::rethrow_exception(failure);
};

}  // namespace segue::io
