// Counts and MIDI from a file; the first byte says as which the rest is read.
#include "core/check.h"
#include "core/music/counts.h"
#include "core/music/midi.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

template <class T>
void refused_in_one_line(const Result<T>& read) {
  if (read) return;
  SEGUE_CHECK(!read.error().detail.empty());
  SEGUE_CHECK(read.error().detail.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.starts_with('c')) refused_in_one_line(music::read_counts(text.substr(1)));
  if (text.starts_with('m')) refused_in_one_line(music::read_midi(text.substr(1)));
  return 0;
}
