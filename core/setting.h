#pragma once

#include <cstdint>
#include <limits>

namespace segue {

// Inclusive; for whole numbers and fractions alike. Text and booleans have none.
struct Bounds {
  double min = 0;
  double max = std::numeric_limits<double>::max();
};

// A document has many lines, so it comes from the environment or a file, as a secret does.
enum class Shown : std::uint8_t { yes, secret, document };

}  // namespace segue
