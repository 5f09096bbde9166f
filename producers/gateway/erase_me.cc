#include "producers/gateway/answers.h"

namespace segue::gateway {

// Erasure is an event like any other, in the listener's own partition: whatever replays the log
// forgets again.
Answer erase_me(Call& call) {
  EventDraft draft;
  draft.type = EventType::privacy_erasure_requested;
  std::vector<ReadEvent> events;
  events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  co_return co_await publish(call, std::move(events),
                             json_response(http::status::accepted, R"({"accepted":1})"));
}

}  // namespace segue::gateway
