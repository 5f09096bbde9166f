#include "consumers/worker/surroundings.h"

#include <sys/random.h>

#include <stdexcept>
#include <thread>

namespace segue {

Surroundings real_surroundings() {
  return {
      .now =
          [] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
          },
      .wait = [](std::chrono::milliseconds span) { std::this_thread::sleep_for(span); },
      .token =
          [] {
            io::Token token{};
            if (getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size())) {
              throw std::runtime_error("the system gives no random numbers");
            }
            return token;
          }};
}

}  // namespace segue
