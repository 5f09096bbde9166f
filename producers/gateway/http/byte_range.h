#pragma once

#include <cstdint>
#include <string_view>

namespace segue::gateway {

// Which bytes of a file of so many a request wants (RFC 9110, 14).
struct ByteRange {
  enum class Kind : std::uint8_t {
    whole,          // none is named, or what is named cannot be read or is several: all are sent
    part,           // one range, which lies in the file
    unsatisfiable,  // one range, of which nothing lies in the file
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

// `range` is the header's value, of any length and content; empty: there is none.
ByteRange read_range(std::string_view range, std::uint64_t size);

// Whether an If-Range lets the range count: it names this strong entity tag, which has its quotes
// (13.1.5). A date never does.
bool range_counts(std::string_view if_range, std::string_view tag);

}  // namespace segue::gateway
