// A wish for music as anybody may write it: what is accepted is written, read and composed again.
#include "core/generation/wish/specification.h"

#include "core/check.h"
#include "core/music/compose.h"
#include "core/music/midi.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto piece = decode_specification(fuzz::text_of(data, size));
  if (!piece) {
    SEGUE_CHECK(!piece.error().detail.empty());
    SEGUE_CHECK(piece.error().detail.find('\n') == std::string::npos);
    return 0;
  }
  const auto again = decode_specification(encode(*piece));
  SEGUE_CHECK(again.has_value());
  SEGUE_CHECK(*again == *piece);
  SEGUE_CHECK(same_wish(*again).size() <= 300);
  piece->seconds = std::min(piece->seconds, 20.0F);  // longer pieces find nothing new
  const auto read = music::read_midi(music::midi(music::compose(*piece, music::built_in_counts())));
  SEGUE_CHECK(read.has_value());
  return 0;
}
