#pragma once

#include <string>

#include "core/time.h"

namespace segue::gateway {

// Somebody with a valid token.
struct Player {
  std::string subject;   // as the token says; never leaves the gateway
  std::string listener;  // its pseudonym, which is all that Kafka and Redis see
  Micros expires = 0;    // when the token does
};

}  // namespace segue::gateway
