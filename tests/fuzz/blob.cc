// All that is stored in Redis or sent between workers; the first byte says as what it is read.
#include "core/catalog.h"
#include "core/check.h"
#include "core/coverage.h"
#include "core/item.h"
#include "core/item_signal.h"
#include "core/listener.h"
#include "core/rankers.h"
#include "core/shared_lessons.h"
#include "core/snapshot.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

// What was read is written in the newest version, which reads back as the same.
template <class Decode>
void read_as(Decode decode, std::string_view blob) {
  const auto read = decode(blob);
  if (!read) {
    SEGUE_CHECK(!read.error().detail.empty());
    return;
  }
  const std::string written = encode(*read);
  const auto again = decode(written);
  SEGUE_CHECK(again.has_value());
  SEGUE_CHECK(encode(*again) == written);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view blob = fuzz::text_of(data + 1, size - 1);
  switch (data[0]) {
    case 'l':
      read_as(decode_listener, blob);
      break;
    case 'i':
      read_as(decode_item, blob);
      break;
    case 'c':
      read_as(decode_coverage, blob);
      break;
    case 'r':
      read_as(decode_rankers, blob);
      break;
    case 'm':
      read_as(decode_item_model, blob);
      break;
    case 's':
      read_as(decode_signal_batch, blob);
      break;
    case 't':
      read_as(decode_catalog, blob);
      break;
    case 'n':
      (void)decode_snapshot(blob);
      break;
    case 'o':
      (void)decode_lessons(blob);
      break;
    case 'k': {
      const auto key = decode_lessons_key(blob);
      if (key) SEGUE_CHECK(decode_lessons_key(encode(*key)) == key);
      break;
    }
    default:
      break;
  }
  return 0;
}
