#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "consumers/player/job_text.h"
#include "consumers/player/list_text.h"
#include "consumers/player/listeners_names.h"
#include "core/list/snapshot.h"
#include "core/wire/json_text.h"
#include "producers/gateway/push/first_list.h"
#include "producers/gateway/routes/answers.h"
#include "producers/gateway/routes/export_text.h"

namespace segue::gateway {
namespace {

// A listener's state in Redis.
struct Stored {
  std::optional<Listener> listener;
  std::optional<Snapshot> list;
};

// None: Redis does not answer, or holds what this build cannot read.
asio::awaitable<std::optional<Stored>> stored(Services& services, const Player& player) {
  const auto values = co_await services.reads.read(player.listener, "ur");
  if (!values) co_return std::nullopt;
  Stored stored;
  if (const auto& blob = (*values)[0]) {
    auto listener = decode_listener(*blob);
    if (!listener) co_return std::nullopt;
    stored.listener = std::move(*listener);
  }
  if (const auto& blob = (*values)[1]) {
    auto list = decode_snapshot(*blob);
    if (!list) co_return std::nullopt;
    stored.list = std::move(*list);
  }
  co_return stored;
}

// The items whose names the catalogue does not have.
std::vector<ItemId> unnamed_in(const Stored& found, const player::HeldCatalog& catalogue) {
  std::vector<ItemId> ids;
  if (found.listener) ids = unnamed(*found.listener, catalogue);
  if (!found.list) return ids;
  const std::vector<ItemId> listed = player::unnamed(*found.list, catalogue);
  ids.insert(ids.end(), listed.begin(), listed.end());
  return ids;
}

}  // namespace

Refusal no_store() {
  return {http::status::service_unavailable, "no_store", "what is stored cannot be read now",
          kSecond};
}

Answer export_me(Call& call) {
  auto found = co_await stored(call.services, call.player);
  if (!found) co_return no_store();
  std::vector<ItemId> ids = unnamed_in(*found, call.services.catalogue);
  const auto items = co_await call.services.reads.items(std::move(ids));
  if (!items) co_return no_store();
  if (found->list) player::give_names(*found->list, call.services.catalogue, *items);
  const Kept kept{.listener = found->listener ? &*found->listener : nullptr,
                  .list = found->list ? &*found->list : nullptr,
                  .items = *items};
  co_return json_response(http::status::ok,
                          export_text(call.player, kept, call.services.catalogue));
}

Answer why(Call& call) {
  Services& services = call.services;
  auto found = co_await stored(services, call.player);
  if (!found) co_return no_store();
  player::ListPtr list = services.delivery.latest(call.player.listener);
  if (!list && found->list) {
    auto named = co_await with_names(services, std::move(*found->list));
    if (!named) co_return no_store();
    list = std::make_shared<const player::List>(std::move(*named));
  }
  const TrackId track = track_id(call.parameter);
  const CatalogEntry* entry = services.catalogue.find_track(call.parameter);
  std::string body;
  json::ObjectWriter out(body);
  out.text("track_id", call.parameter);
  const bool listed = list && player::append_place(out, *list, call.parameter);
  out.member("listed") += listed ? "true" : "false";
  std::vector<std::string> notes;
  if (found->listener) {
    const ArtistId artist = entry != nullptr ? artist_id(entry->artist_id) : ArtistId{};
    notes = notes_on(*found->listener, track, artist);
  }
  if (!listed && notes.empty() && entry == nullptr) {
    co_return Refusal{http::status::not_found, "no_such_track", "nothing is known of this track"};
  }
  if (!listed) notes.emplace_back("It is not in your list now.");
  std::string note;
  for (const std::string& each : notes) note += (note.empty() ? "" : " ") + each;
  if (!note.empty()) out.text("note", note);
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

namespace {

// The listener's own job that made the track or was given it, or else the decision that listed it.
struct Why {
  player::JobPtr job;
  player::DecisionPtr decision;
  bool known() const { return job || decision; }
  Micros at() const { return job ? job->created : decision->time; }
};

Why why_of(const Services& services, const std::string& listener, std::string_view track) {
  Why why{.job = services.jobs.job_of(listener, track), .decision = nullptr};
  if (!why.job) why.decision = services.listed.find(listener, track);
  return why;
}

}  // namespace

// A gateway that was started since an erasure reads what was from before it again: the time that
// the state keeps decides.
Answer why_composed(Call& call) {
  const Why why = why_of(call.services, call.player.listener, call.parameter);
  bool known = why.known();
  if (known) {
    const auto found = co_await stored(call.services, call.player);
    if (!found) co_return no_store();
    const auto erasure = found->listener ? found->listener->erasure : std::nullopt;
    known = !erasure || why.at() > erasure->at;
  }
  if (!known) {
    co_return Refusal{http::status::not_found, "no_such_track",
                      "no track of this name was composed for you"};
  }
  std::string text = why.job ? player::why_composed_text(call.parameter, *why.job)
                             : player::why_listed_text(*why.decision);
  co_return json_response(http::status::ok, std::move(text));
}

}  // namespace segue::gateway
