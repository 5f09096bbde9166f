#include "core/io/clock.h"
#include "core/wire/json_text.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {

// Erasure is an event like any other, in the listener's own partition: whatever replays the log
// forgets again.
Answer erase_me(Call& call) {
  EventDraft draft;
  draft.type = EventType::privacy_erasure_requested;
  std::vector<ReadEvent> events;
  events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  std::string body;
  json::ObjectWriter out(body);
  out.number("accepted", std::int64_t{1});
  out.member("ids") += ids_of(events);
  const Done done = [&](std::int64_t version) {
    out.number("version", version);
    out.close();
    return json_response(http::status::accepted, std::move(body));
  };
  co_return co_await publish(call, std::move(events), done);
}

}  // namespace segue::gateway
