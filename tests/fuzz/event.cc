// Records of segue.events.v1.
#include "core/check.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static EventDecoder decoder;
  const Record record = fuzz::record_of(fuzz::text_of(data, size));
  const Result<Event> event = decoder.decode(record);
  if (!event) {
    SEGUE_CHECK(!event.error().detail.empty() && !name_of(event.error().reason).empty());
    return 0;
  }
  SEGUE_CHECK(event->user_id == *record.key);
  SEGUE_CHECK(event->time >= 0 && event->time <= event->received);
  SEGUE_CHECK(event->played_fraction <= 1 && event->score >= -1 && event->score <= 1);
  SEGUE_CHECK(event->track_name.size() <= kIdBytesMax && event->id.size() <= kIdBytesMax);
  return 0;
}
