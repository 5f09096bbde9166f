#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace segue {

// The tracks that a listener wants and no others: a request's `filter`. Each part that was said
// must be met, and a track of which the catalogue does not say what a part asks for does not meet
// it.
struct Filter {
  static constexpr std::size_t kGenresMax = 8;
  static constexpr std::int32_t kSecondsMin = 1;
  static constexpr std::int32_t kSecondsMax = 86'400;
  static constexpr std::int32_t kYearMin = 1'000;
  static constexpr std::int32_t kYearMax = 9'999;
  static constexpr std::int32_t kDaysMax = 3'650;

  // Whether a machine made it, as the catalogue says.
  enum class Kind : std::uint8_t {
    any,
    recorded,  // a machine made no part of it
    composed,  // a machine composed it
  };

  // Both ends count; as it begins it is no part of the filter.
  struct Range {
    std::int32_t min = 0;
    std::int32_t max = std::numeric_limits<std::int32_t>::max();
    bool operator==(const Range&) const = default;
    bool said() const { return *this != Range{}; }
    bool has(std::int32_t value) const { return value >= min && value <= max; }
  };

  std::vector<std::uint32_t> genres = {};  // one of these, as kind_hash has them, sorted, each once
  Kind kind = Kind::any;
  Range length_ms = {};
  Range year = {};                  // of the track's publication
  std::int32_t not_heard_days = 0;  // not heard for so long; 0: not said

  bool operator==(const Filter&) const = default;
  bool empty() const {
    return genres.empty() && kind == Kind::any && not_heard_days == 0 && !length_ms.said() &&
           !year.said();
  }
};

}  // namespace segue
