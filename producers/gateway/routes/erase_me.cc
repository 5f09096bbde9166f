#include "core/io/clock.h"
#include "core/wire/json_text.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {

// Erasure is an event like any other, in the listener's own partition: a replay of the log forgets
// again.
Answer erase_me(Call& call) {
  EventDraft draft;
  draft.type = EventType::privacy_erasure_requested;
  std::vector<ReadEvent> events;
  events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  const std::string ids = ids_of(events);
  const OrRefusal<std::int64_t> version = co_await publish(call, std::move(events));
  if (!version) co_return version.error();
  std::string body;
  json::ObjectWriter out(body);
  out.number("accepted", std::int64_t{1});
  out.member("ids") += ids;
  out.number("version", *version);
  out.close();
  co_return json_response(http::status::accepted, std::move(body));
}

}  // namespace segue::gateway
