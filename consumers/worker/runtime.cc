#include "consumers/worker/runtime.h"

#include <sys/random.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "core/io/clock.h"

namespace segue {
namespace {

constexpr std::chrono::milliseconds kLookUp{50};  // how often a wait looks whether to stop

void sleep_unless(const std::atomic<bool>& stop, std::chrono::milliseconds span) {
  const auto until = std::chrono::steady_clock::now() + span;
  while (!stop) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kLookUp));
  }
  throw Stopping{};
}

}  // namespace

Runtime real_runtime(const std::atomic<bool>& stop) {
  return {
      .now = wall_clock,
      .wait = [&stop](std::chrono::milliseconds span) { sleep_unless(stop, span); },
      .token =
          [] {
            io::Token token{};
            if (getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size())) {
              throw std::runtime_error("the system gives no random numbers");
            }
            return token;
          },
      .steady = steady_clock};
}

}  // namespace segue
