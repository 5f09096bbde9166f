#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "producers/gateway/routes/call.h"

// The routes' answers; routes.cc says which is which.
namespace segue::gateway {

Answer post_events(Call& call);
Answer get_recommendations(Call& call);
Answer post_request(Call& call);
Answer get_kinds(Call& call);
// A composed file, or a range of it: its head, and the rest in `call.audio`.
Answer get_audio(Call& call);
Answer erase_me(Call& call);
Answer export_me(Call& call);
Answer why(Call& call);
Answer why_composed(Call& call);
Answer submit_listens(Call& call);
Answer validate_token(Call& call);
Answer dev_token(Call& call);
Answer page(Call& call);

// While Redis does not answer.
Refusal no_store();
// A body that cannot be read as this route reads it.
Refusal refusal_of(const Error& error);
// A refusal as ListenBrainz's clients read it, with what a known player paces itself by.
HttpResponse listenbrainz_error(Services& services, const Player& player, const Refusal& refusal);

// Takes of the listener's events what the body costs before anything of it is read. A 429 if there
// are not enough: a listener who sends too much does not make the gateway read it.
std::optional<Refusal> charge_reading(Call& call);
// The cost of that many events, less what was taken; good or bad, they had to be read.
std::optional<Refusal> charge_events(Call& call, std::size_t count);

// Unpacks a body that is packed, for what reading it costs; `room` becomes what is then there. A
// refusal where it cannot be, is too large, finds no room, or costs more than the listener has;
// the last two cost nothing.
std::optional<Refusal> unpack_body(Call& call, HttpRequest& request, std::size_t bytes_max,
                                   BodyBudget::Share& room);
// Bodies of all connections, or of this address, take all the room there is.
Refusal no_room_for_body();

// The code of a refusal after which some of the events may be in the log all the same.
inline constexpr std::string_view kNotConfirmed = "not_confirmed";
// Publishes events of one player. The version of the first list that knows of them all, -1 where
// none was left to publish; or a 429 or 503 with a `wait`.
asio::awaitable<OrRefusal<std::int64_t>> publish(Call& call, std::vector<ReadEvent> events);
// The ids under which events are known, as a JSON list.
std::string ids_of(const std::vector<ReadEvent>& events);

}  // namespace segue::gateway
