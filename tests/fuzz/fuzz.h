#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "core/event/event.h"

// Each target reads bytes that anybody may have written. It must neither crash nor hang, nor take
// memory without bound; what it accepts it must be able to write and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace segue::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A message or blob that is read is written in the newest form, which reads back as the same; a
// refusal says why.
template <class Decode>
void read_as(Decode decode, std::string_view text) {
  const auto read = decode(text);
  if (!read) {
    SEGUE_CHECK(!read.error().detail.empty());
    return;
  }
  const std::string written = encode(*read);
  const auto again = decode(written);
  SEGUE_CHECK(again.has_value());
  SEGUE_CHECK(encode(*again) == written);
}

// A record as text, so that a corpus can be read: "name: value" lines for headers, "key: …" for the
// key, an empty line, then the value; without an empty line there is none.
Record record_of(std::string_view text);

}  // namespace segue::fuzz
