// Bodies that players and clients of ListenBrainz send to the gateway; the first byte says which.
#include "core/check.h"
#include "producers/gateway/log/events.h"
#include "producers/gateway/log/listens.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

constexpr Micros kNow = 1'795'262'400 * kSecond;

void decodes(const gateway::ReadEvent& event) {
  static EventDecoder decoder;
  const Record record{.partition = 0,
                      .offset = 0,
                      .timestamp = kNow,
                      .key = event.record.key,
                      .value = event.record.value,
                      .headers = event.record.headers};
  SEGUE_CHECK(decoder.decode(record).has_value());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static gateway::EventReader reader;
  static const player::HeldCatalog catalogue(10);
  static const gateway::Player player{
      .subject = "ada", .listener = "pseudonym", .expires = kNow + kDay};
  if (size == 0 || size > gateway::kBatchBytesMax) return 0;
  const std::string_view body = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'b') {
    const auto drafts = gateway::read_listens(body, catalogue, kNow);
    if (!drafts) return 0;
    for (const EventDraft& draft : *drafts) {
      const gateway::ReadEvent made = gateway::made_event(draft, player, kNow);
      SEGUE_CHECK(draft.time <= kNow);
      decodes(made);
    }
  } else {
    const auto events = reader.read(body, player, catalogue, kNow);
    if (!events) return 0;
    for (const auto& event : *events) {
      if (event) decodes(*event);
    }
  }
  return 0;
}
