#include <utility>

#include "core/json_text.h"
#include "producers/gateway/answers.h"
#include "producers/gateway/listens.h"

namespace segue::gateway {

HttpResponse listenbrainz_error(http::status status, std::string_view text) {
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", static_cast<std::int64_t>(status));
  out.text("error", text);
  out.close();
  return json_response(status, std::move(body));
}

Answer submit_listens(Call& call) {
  auto drafts = read_listens(call.request.body(), call.desk.catalogue, wall_clock());
  if (!drafts) co_return listenbrainz_error(http::status::bad_request, drafts.error().detail);
  std::vector<ReadEvent> events;
  events.reserve(drafts->size());
  for (EventDraft& draft : *drafts) {
    events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  }
  HttpResponse response = co_await publish(call, std::move(events),
                                           json_response(http::status::ok, R"({"status":"ok"})"));
  if (response.result() == http::status::ok) co_return response;
  HttpResponse told = listenbrainz_error(response.result(), "not taken; send the same again");
  told.set(http::field::retry_after, response[http::field::retry_after]);
  co_return told;
}

Answer validate_token(Call& call) {
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", std::int64_t{200});
  out.text("message", "Token valid.");
  out.yes("valid");
  out.text("user_name", call.player.subject);
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

}  // namespace segue::gateway
