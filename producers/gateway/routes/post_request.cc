#include <simdjson.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/composing/fit_filter.h"
#include "core/event/request_decode.h"
#include "core/generation/wish/vocabulary.h"
#include "core/io/clock.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_parse.h"
#include "core/wire/json_text.h"
#include "producers/gateway/log/prompt.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

using json::text_at;

// The members of a request that go into the log: wishes, then which session they are for, and how
// often they were sent.
constexpr std::array<std::string_view, 21> kMembers = {"mood",
                                                       "genre",
                                                       "prompt",
                                                       "seeds",
                                                       "seed_track_id",
                                                       "filter",
                                                       "generate",
                                                       "adventurous",
                                                       "exclude_track_ids",
                                                       "key",
                                                       "tempo_bpm",
                                                       "exclude_artist_ids",
                                                       "seconds",
                                                       "instruments",
                                                       "queued_track_ids",
                                                       "energy",
                                                       "explicit_allowed",
                                                       "seq",
                                                       "session_id",
                                                       "private_session",
                                                       "sent_at"};
constexpr std::span<const std::string_view> kWishes = std::span(kMembers).first(17);

bool among(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_wish(std::string_view name) { return among(kWishes, name); }

// As schemas/gateway.v1.yaml has them.
bool is_good_text(std::string_view name, const simdjson::dom::element& value) {
  static constexpr std::array<std::string_view, 5> kTexts = {"mood", "genre", "prompt",
                                                             "seed_track_id", "key"};
  std::string_view text;
  if (!among(kTexts, name) || value.is_null()) return true;
  if (value.get(text) != simdjson::SUCCESS) return false;
  if (name == "prompt") return first_characters(text, kPromptCharactersMax) == text;
  return name != "seed_track_id" || (!text.empty() && text.size() <= kIdBytesMax);
}

// Whether there is a wish in it; not where one is said twice, or a text is none.
bool wishes_something(const simdjson::dom::object& body) {
  bool any = false;
  std::vector<std::string_view> said;
  for (const auto& [name, value] : body) {
    if (!is_good_text(name, value)) return false;
    any = any || is_wish(name);
    if (!among(kMembers, name) && name != "id") continue;
    if (among(said, name)) return false;
    said.push_back(name);
  }
  return any;
}

// Says which wishes shape the list and, for the others, why they cannot.
class Judgement {
 public:
  Judgement(const player::HeldCatalog& catalogue, const simdjson::dom::object& wishes)
      : catalogue_(catalogue) {
    for (const auto& [name, value] : wishes) {
      if (!value.is_null() && is_wish(name)) judge(name, wishes);
    }
  }

  // JSON lists: names of wishes, and objects that say why not.
  std::string applied() const { return applied_ + "]"; }
  std::string ignored() const { return ignored_ + "]"; }

 private:
  void judge(std::string_view name, const simdjson::dom::object& wishes) {
    if (name == "genre" || name == "mood") {
      const player::Kinds& kinds = name == "genre" ? catalogue_.genres() : catalogue_.moods();
      const std::string_view said = text_at(wishes, name);
      const bool composed =
          name == "genre" ? genre_named(said).has_value() : mood_named(said).has_value();
      if (kinds.find(said) != nullptr || composed) return apply(name);
      return leave(name, "no track of the catalogue has it, and no composer knows it");
    }
    if (name == "prompt") {
      const Prompted prompted = read_prompt(wishes, catalogue_);
      const bool adds = prompted.genre != nullptr || prompted.mood != nullptr;
      return adds ? apply(name)
                  : leave(name, "it adds no genre and no mood that the catalogue knows");
    }
    if (name == "seed_track_id") {
      const bool known = catalogue_.find_track(text_at(wishes, name)) != nullptr;
      return known ? apply(name)
                   : leave(name, "the catalogue does not have it; it counts once it was played");
    }
    if (name == "seeds") return judge_seeds(wishes);
    if (name == "filter") judge_genres(wishes);
    if (name == "generate") return judge_generate(wishes);
    apply(name);
  }

  // Nothing is composed that the request's own filter would leave out.
  void judge_generate(const simdjson::dom::object& wishes) {
    Event event;
    event.type = EventType::request_made;
    Fields fields(wishes);
    read_request(fields, event);
    Request& request = *event.request;
    if (!event.generate) return apply("generate");
    const std::string_view why_not = fit_filter(request.filter, wall_clock(), request.wished);
    return why_not.empty() ? apply("generate") : leave("generate", why_not);
  }

  // Applied as far as they are known, and those that are not are named.
  void judge_seeds(const simdjson::dom::object& wishes) {
    simdjson::dom::array seeds;
    if (wishes.at_key("seeds").get(seeds) != simdjson::SUCCESS) return;
    std::size_t known = 0;
    std::size_t i = 0;
    for (const simdjson::dom::element each : seeds) {
      simdjson::dom::object seed;
      const bool good = each.get(seed) == simdjson::SUCCESS;
      const std::string_view track = good ? text_at(seed, "track_id") : std::string_view();
      const std::string_view artist = good ? text_at(seed, "artist_id") : std::string_view();
      const std::string at = "seeds[" + std::to_string(i++) + "]";
      const bool found = track.empty() ? catalogue_.find(artist_id(artist)) != nullptr
                                       : catalogue_.find_track(track) != nullptr;
      if (found) {
        ++known;
      } else {
        leave(at, "the catalogue does not have it; it counts once it was played");
      }
    }
    if (known > 0) apply("seeds");
  }

  // A genre that no track has is one that none meets: the filter holds all the same.
  void judge_genres(const simdjson::dom::object& wishes) {
    simdjson::dom::object filter;
    simdjson::dom::array genres;
    if (wishes.at_key("filter").get(filter) != simdjson::SUCCESS ||
        filter.at_key("genres").get(genres) != simdjson::SUCCESS) {
      return;
    }
    std::size_t i = 0;
    for (const simdjson::dom::element each : genres) {
      std::string_view genre;
      const std::string at = "filter.genres[" + std::to_string(i++) + "]";
      const bool known = each.get(genre) == simdjson::SUCCESS &&
                         (catalogue_.genres().find(genre) != nullptr || genre_named(genre));
      if (!known) leave(at, "no track of the catalogue has it, and no composer knows it");
    }
  }

  void apply(std::string_view name) {
    if (applied_.size() > 1) applied_ += ',';
    json::append_string(applied_, name);
  }

  void leave(std::string_view name, std::string_view why) {
    if (ignored_.size() > 1) ignored_ += ',';
    json::ObjectWriter out(ignored_);
    out.text("wish", name);
    out.text("detail", why);
    out.close();
  }

  const player::HeldCatalog& catalogue_;
  std::string applied_ = "[";
  std::string ignored_ = "[";
};

Refusal no_wish() {
  return {http::status::bad_request, "no_wish",
          "a JSON object with at least one of mood, genre, prompt, seed_track_id, seeds, filter, "
          "exclude_track_ids, exclude_artist_ids, queued_track_ids, explicit_allowed, "
          "adventurous, tempo_bpm, key, seconds, instruments, energy, generate is "
          "needed, a prompt of at most 2000 characters"};
}

// A request as it goes into the log, and the answer's lists.
struct Wished {
  std::vector<ReadEvent> events;  // one
  std::string applied;
  std::string ignored;
};

// Gives back all that parsing takes before anything is waited for.
OrRefusal<Wished> read_wishes(const Call& call) {
  const player::HeldCatalog& catalogue = call.services.catalogue;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object wishes;
  const simdjson::padded_string body(call.request.body());
  if (json::parse(parser, body, root) != simdjson::SUCCESS ||
      root.get(wishes) != simdjson::SUCCESS) {
    return refusal_of(error(Reason::malformed, "the body is not a JSON object"));
  }
  if (!wishes_something(wishes)) return no_wish();
  auto made =
      call.services.reader.read_request(wishes, kMembers, call.player, catalogue, wall_clock());
  if (!made) return refusal_of(made.error());
  const Judgement judgement(catalogue, wishes);
  Wished wished{.events = {}, .applied = judgement.applied(), .ignored = judgement.ignored()};
  wished.events.push_back(std::move(*made));
  return wished;
}

}  // namespace

Answer post_request(Call& call) {
  if (auto refusal = charge_reading(call)) co_return std::move(*refusal);
  OrRefusal<Wished> wished = read_wishes(call);
  if (!wished) co_return wished.error();
  const std::string ids = ids_of(wished->events);
  const OrRefusal<std::int64_t> version = co_await publish(call, std::move(wished->events));
  if (!version) co_return version.error();
  std::string answer;
  json::ObjectWriter out(answer);
  out.number("accepted", std::int64_t{1});
  out.member("applied") += wished->applied;
  out.member("ignored") += wished->ignored;
  out.member("ids") += ids;
  if (*version >= 0) out.number("version", *version);
  out.close();
  co_return json_response(http::status::accepted, std::move(answer));
}

}  // namespace segue::gateway
