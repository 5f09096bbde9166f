#include <simdjson.h>

#include <string>
#include <utility>

#include "core/io/clock.h"
#include "core/wire/json_text.h"
#include "producers/gateway/log/listens.h"
#include "producers/gateway/routes/answers.h"
#include "producers/gateway/routes/routes.h"

namespace segue::gateway {

HttpResponse listenbrainz_error(http::status status, std::string_view text) {
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", static_cast<std::int64_t>(status));
  out.text("error", text);
  out.close();
  return json_response(status, std::move(body));
}

namespace {

// What clients of ListenBrainz look at to pace themselves.
HttpResponse paced(Call& call, HttpResponse response) {
  const RateLimit::Left left =
      call.services.of_listeners.left(call.player.listener, steady_clock());
  const auto whole = [](double value) { return std::to_string(static_cast<std::int64_t>(value)); };
  const Micros now_s = wall_clock() / kSecond;
  const Micros full_in_s = (left.full_in + kSecond - 1) / kSecond;
  response.set("X-RateLimit-Limit", whole(left.all));
  response.set("X-RateLimit-Remaining", whole(left.left));
  response.set("X-RateLimit-Reset-In", std::to_string(full_in_s));
  response.set("X-RateLimit-Reset", std::to_string(now_s + full_in_s));
  return response;
}

// Listens have no seq: one sent again is known by its play alone, among the listener's last 8.
std::string why_not(const HttpResponse& problem) {
  if (problem.body().find(R"("code":"not_confirmed")") != std::string::npos) {
    return "Kafka did not confirm all; some listens may have been taken. Send the same again; more "
           "than 8 that were taken may count twice.";
  }
  return "None of the listens was taken. Send the same again later.";
}

HttpResponse in_their_words(Call& call, const HttpResponse& problem) {
  HttpResponse told = listenbrainz_error(problem.result(), why_not(problem));
  told.set(http::field::retry_after, problem[http::field::retry_after]);
  return paced(call, std::move(told));
}

// What a problem of ours says, for a person.
std::string detail_of(const HttpResponse& problem) {
  simdjson::dom::parser parser;
  std::string_view detail;
  const auto wrong = parser.parse(problem.body())["detail"].get(detail);
  return wrong ? std::string() : std::string(detail);
}

}  // namespace

HttpResponse in_listenbrainz_words(Call& call, const HttpResponse& problem) {
  if (!problem[http::field::retry_after].empty()) return in_their_words(call, problem);
  return paced(call, listenbrainz_error(problem.result(), detail_of(problem)));
}

Answer submit_listens(Call& call) {
  if (const auto refusal = charge_reading(call)) co_return in_their_words(call, *refusal);
  auto drafts = read_listens(call.request.body(), call.services.catalogue, wall_clock());
  if (!drafts) {
    co_return paced(call, listenbrainz_error(http::status::bad_request, drafts.error().detail));
  }
  std::vector<ReadEvent> events;
  events.reserve(drafts->size());
  for (EventDraft& draft : *drafts) {
    events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  }
  const Done done = [](std::int64_t) {
    return json_response(http::status::ok, R"({"status":"ok"})");
  };
  HttpResponse response = co_await publish(call, std::move(events), done);
  if (response.result() == http::status::ok) co_return paced(call, std::move(response));
  co_return in_their_words(call, response);
}

// A token in the URL, which ListenBrainz once took, would stand in logs: it is none.
Answer validate_token(Call& call) {
  const std::string_view token = token_in(call.request, "Token");
  if (token.empty()) {
    co_return listenbrainz_error(http::status::bad_request,
                                 "You need to provide an Authorization token.");
  }
  const Admitted admitted = co_await admit(call.services, token);
  if (admitted.later) co_return no_keys_yet();
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", std::int64_t{200});
  if (admitted.refusal.empty()) {
    out.text("message", "Token valid.");
    out.yes("valid");
    out.text("user_name", admitted.player.subject);
  } else {
    out.text("message", "Token invalid.");
    out.member("valid") += "false";
  }
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

}  // namespace segue::gateway
