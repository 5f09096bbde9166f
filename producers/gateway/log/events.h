#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/event/event.h"
#include "core/result.h"
#include "producers/gateway/routes/player.h"

namespace simdjson::dom {
class object;
}

namespace segue::gateway {

inline constexpr std::size_t kBatchEventsMax = 500;
inline constexpr std::size_t kBatchBytesMax = 1'024 * 1'024;
inline constexpr std::string_view kSource = "/segue/gateway";

// An event as it goes into the log: checked by the very decoder that recommenders use.
struct ReadEvent {
  EventType type = EventType::other;
  EncodedEvent record;
};

// One for each event of a body, in its order.
using ReadEvents = std::vector<Result<ReadEvent>>;

// Reads what players send: CloudEvents 1.0 structured or batch, or plain {"event": {"type": …}} and
// {"events": [...]}. In each the listener becomes the pseudonym and, where the catalogue knows the
// track, artist_id what it says; a request's prompt adds the genre and the mood that it names. An
// event's trace is that of its envelope, else that of `traceparent`, what the request says. One
// thread.
class EventReader {
 public:
  EventReader();
  ~EventReader();

  // Errors of the whole: malformed, too_deep, too_large (more events than kBatchEventsMax),
  // missing_field. Of one event: those of EventDecoder; wrong_key if it names another listener.
  // Requires: body.size() <= kBatchBytesMax.
  Result<ReadEvents> read(std::string_view body, const Player& player,
                          const player::HeldCatalog& catalogue, Micros now,
                          std::string_view traceparent = {});

  // A request that the player makes now, of these members of a body that was parsed. Errors: as of
  // one event. Requires: no member stands twice in it.
  Result<ReadEvent> read_request(const simdjson::dom::object& body,
                                 std::span<const std::string_view> members, const Player& player,
                                 const player::HeldCatalog& catalogue, Micros now);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// An event of the gateway's own making, for this listener, now.
ReadEvent made_event(EventDraft draft, const Player& player, Micros now);

}  // namespace segue::gateway
