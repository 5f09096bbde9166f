#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "producers/gateway/routes/call.h"

// What each route answers; routes.cc says which is which.
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
// While Redis does not answer.
HttpResponse no_store();
// While the keys that check tokens were not read yet. A 401 would make players throw good tokens
// away.
HttpResponse no_keys_yet();
// An error as ListenBrainz's clients read it.
HttpResponse listenbrainz_error(http::status status, std::string_view text);
// The same of a problem of ours, with what they pace themselves by.
HttpResponse in_listenbrainz_words(Call& call, const HttpResponse& problem);
Answer dev_token(Call& call);
Answer page(Call& call);

// Takes of the listener's events what the body costs before anything of it is read. A 429 if there
// is not so much: who tells too much does not make the gateway read it.
std::optional<HttpResponse> charge_reading(Call& call);
// What it costs with so many events, less what was taken; good or bad, they had to be read.
std::optional<HttpResponse> charge_events(Call& call, std::size_t count);

// Unpacks a body that is packed, for what reading it costs; `room` becomes what is then there. A
// refusal where it cannot be, is too large, finds no room, or costs more than the listener has;
// the last two cost nothing.
std::optional<HttpResponse> unpack_body(Call& call, HttpRequest& request, std::size_t bytes_max,
                                        BodyBudget::Share& room);
// Bodies of all connections, or of this address, take all the room there is.
HttpResponse no_room_for_body();

// The answer of a success. `version`: the first list of it or a later one knows of all the events;
// -1: none was published.
using Done = std::function<HttpResponse(std::int64_t version)>;
// Publishes events of one player and answers as `done` says, or 429 or 503 with Retry-After. `done`
// outlives the answer, so it needs a name: GCC 12 destroys a temporary of a co_await twice.
Answer publish(Call& call, std::vector<ReadEvent> events, const Done& done);
// The ids under which events are known, as a JSON list.
std::string ids_of(const std::vector<ReadEvent>& events);

}  // namespace segue::gateway
