#include <string>
#include <utility>

#include "core/io/clock.h"
#include "core/wire/json_text.h"
#include "producers/gateway/log/listens.h"
#include "producers/gateway/routes/answers.h"
#include "producers/gateway/routes/routes.h"

namespace segue::gateway {
namespace {

// Clients of ListenBrainz pace themselves by these headers.
void set_pace(HttpResponse& response, Services& services, const Player& player) {
  const RateLimit::Left left = services.of_listeners.left(player.listener, steady_clock());
  const auto whole = [](double value) { return std::to_string(static_cast<std::int64_t>(value)); };
  const Micros now_s = wall_clock() / kSecond;
  const Micros full_in_s = (left.full_in + kSecond - 1) / kSecond;
  response.set("X-RateLimit-Limit", whole(left.all));
  response.set("X-RateLimit-Remaining", whole(left.left));
  response.set("X-RateLimit-Reset-In", std::to_string(full_in_s));
  response.set("X-RateLimit-Reset", std::to_string(now_s + full_in_s));
}

// Listens have no seq: one sent again is known by its play alone, among the listener's last 8.
std::string_view sentence_of(const Refusal& refusal) {
  if (refusal.wait == 0) return refusal.detail;
  if (refusal.code == kNotConfirmed) {
    return "Kafka did not confirm all; some listens may have been taken. Send the same again; more "
           "than 8 that were taken may count twice.";
  }
  return "None of the listens was taken. Send the same again later.";
}

}  // namespace

HttpResponse listenbrainz_error(Services& services, const Player& player, const Refusal& refusal) {
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", static_cast<std::int64_t>(refusal.status));
  out.text("error", sentence_of(refusal));
  out.close();
  HttpResponse response = json_response(refusal.status, std::move(body));
  set_retry_after(response, refusal);
  if (!player.listener.empty()) set_pace(response, services, player);
  return response;
}

Answer submit_listens(Call& call) {
  if (auto refusal = charge_reading(call)) co_return std::move(*refusal);
  auto drafts = read_listens(call.request.body(), call.services.catalogue, wall_clock());
  if (!drafts) co_return refusal_of(drafts.error());
  std::vector<ReadEvent> events;
  events.reserve(drafts->size());
  for (EventDraft& draft : *drafts) {
    events.push_back(made_event(std::move(draft), call.player, wall_clock()));
  }
  const OrRefusal<std::int64_t> version = co_await publish(call, std::move(events));
  if (!version) co_return version.error();
  HttpResponse response = json_response(http::status::ok, R"({"status":"ok"})");
  set_pace(response, call.services, call.player);
  co_return response;
}

// A token in the URL, which ListenBrainz once took, would stand in logs: it is none.
Answer validate_token(Call& call) {
  const std::string_view token = token_in(call.request, "Token");
  if (token.empty()) {
    co_return listenbrainz_error(
        call.services, call.player,
        {http::status::bad_request, "no_token", "You need to provide an Authorization token."});
  }
  const OrRefusal<Player> admitted = co_await admit(call.services, token);
  if (!admitted && admitted.error().wait > 0) co_return admitted.error();
  std::string body;
  json::ObjectWriter out(body);
  out.number("code", std::int64_t{200});
  if (admitted) {
    out.text("message", "Token valid.");
    out.yes("valid");
    out.text("user_name", admitted->subject);
  } else {
    out.text("message", "Token invalid.");
    out.member("valid") += "false";
  }
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

}  // namespace segue::gateway
