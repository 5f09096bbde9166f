#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace segue::tail {

// How a track's place changed from one list to the next.
struct Movement {
  enum class Kind : std::uint8_t { unknown, same, up, down, entered };
  Kind kind = Kind::unknown;  // unknown: there was no list before
  std::int32_t places = 0;    // up and down: by how many
  bool operator==(const Movement&) const = default;
};

// One for each of `now`. Both are track ids, best first, each at most once.
std::vector<Movement> movements(const std::vector<std::string>& before,
                                const std::vector<std::string>& now);

}  // namespace segue::tail
