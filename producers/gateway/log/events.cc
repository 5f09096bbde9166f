#include "producers/gateway/log/events.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "core/event/traceparent.h"
#include "core/wire/byte_order_mark.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_parse.h"
#include "core/wire/json_text.h"
#include "core/words/fold.h"
#include "core/words/printed.h"
#include "producers/gateway/access/secret.h"
#include "producers/gateway/log/prompt.h"

namespace segue::gateway {
namespace {

using json::has;
using json::text_at;

namespace dom = simdjson::dom;

// A batch, its envelope, and what a single event may nest.
constexpr std::size_t kDepthMax = 20;
// The longest type of ours has 34, the longest time with microseconds 32.
constexpr std::size_t kTypeBytesMax = 128;
constexpr std::size_t kTimeBytesMax = 64;

// An event as it was sent, before anything is known of it.
struct Sent {
  std::string_view type;
  std::string_view id;
  std::string_view time;         // CloudEvents only
  std::string_view traceparent;  // the same
  dom::object data;
  bool enveloped = false;  // CloudEvents: `data` holds nothing of the envelope
  std::span<const std::string_view> members = {};  // of `data`, those that count; empty: all
  Micros made = 0;  // at this time by the gateway's clock; 0: as `data` says
};

bool counts(const Sent& sent, std::string_view member) {
  if (!sent.members.empty()) return std::ranges::find(sent.members, member) != sent.members.end();
  return sent.enveloped || (member != "type" && member != "id");
}

// A null is as if absent.
bool is_said(const dom::object& object, std::string_view name) {
  dom::element found;
  return object.at_key(name).get(found) == simdjson::SUCCESS && !found.is_null();
}

Result<Sent> enveloped(const dom::object& event) {
  if (text_at(event, "specversion") != "1.0") {
    return error(Reason::unknown_version, "specversion is not 1.0");
  }
  Sent sent{.type = text_at(event, "type"),
            .id = text_at(event, "id"),
            .time = text_at(event, "time"),
            .traceparent = text_at(event, "traceparent"),
            .data = {},
            .enveloped = true};
  if (sent.id.empty() || text_at(event, "source").empty()) {
    return error(Reason::missing_field, "id or source is missing");
  }
  if (event.at_key("data").get(sent.data) != simdjson::SUCCESS) {
    return error(Reason::missing_field, "data is not a JSON object");
  }
  return sent;
}

Result<Sent> sent_event(const dom::element& element) {
  dom::object event;
  if (element.get(event) != simdjson::SUCCESS) {
    return error(Reason::malformed, "an event is not a JSON object");
  }
  if (has(event, "specversion")) return enveloped(event);
  if (has(event, "event") && event.at_key("event").get(event) != simdjson::SUCCESS) {
    return error(Reason::malformed, "an event is not a JSON object");
  }
  return Sent{.type = text_at(event, "type"),
              .id = text_at(event, "id"),
              .time = {},
              .traceparent = {},
              .data = event};
}

// "playback.skipped" or "segue.playback.skipped.v1" -> the latter.
std::string full_type(std::string_view type) {
  if (type.starts_with(kEventTypePrefix)) return std::string(type);
  return std::string(kEventTypePrefix) + std::string(type) + ".v1";
}

bool is_request(std::string_view type) {
  static const std::string kFull = full_type(name_of(EventType::request_made));
  return type == name_of(EventType::request_made) || type == kFull;
}

// A client that names an artist and gives no id means the one of that name.
std::string artist_by_name(const Sent& sent) {
  const std::string_view name = text_at(sent.data, "artist");
  if (is_said(sent.data, "artist_id") || folded(name).empty()) return {};
  return made_artist_id(name);
}

// The data with the pseudonym in the listener's place. False: it names another listener.
bool append_data(std::string& text, const Sent& sent, const Player& player,
                 const player::HeldCatalog& catalogue) {
  const bool may_name = counts(sent, "track_id");  // a track or an artist, beside wishes
  const CatalogEntry* track =
      may_name ? catalogue.find_track(text_at(sent.data, "track_id")) : nullptr;
  const bool artist_known = track != nullptr && !track->artist_id.empty();
  json::ObjectWriter out(text);
  out.text("user_id", player.listener);
  if (sent.made > 0) out.text("time", format_time(sent.made));
  if (artist_known) out.text("artist_id", track->artist_id);
  const std::string artist = may_name && track == nullptr ? artist_by_name(sent) : std::string();
  if (!artist.empty()) out.text("artist_id", artist);
  const Prompted prompted = is_request(sent.type) ? wished_kinds(sent.data, catalogue) : Prompted();
  if (prompted.genre != nullptr) out.text("genre", *prompted.genre);
  if (prompted.mood != nullptr) out.text("mood", *prompted.mood);
  for (const auto& [name, value] : sent.data) {
    if (!counts(sent, name)) continue;
    if (value.is_null() && (name == "user_id" || name == "artist_id")) continue;
    if (name == "user_id") {
      std::string_view user;
      if (value.get(user) != simdjson::SUCCESS || user != player.subject) return false;
    } else if ((name == "artist_id" && artist_known) || (name == "genre" && prompted.genre) ||
               (name == "mood" && prompted.mood) ||
               // A track of the catalogue needs no other names.
               (track != nullptr && ((name == "title" && !track->title.empty()) ||
                                     (name == "artist" && !track->artist.empty())))) {
      continue;
    } else {
      out.member(name) += simdjson::minify(value);
    }
  }
  out.close();
  return true;
}

// Texts that become headers, where the decoder would not look for a limit. An id is not shortened:
// two events would become one to readers who tell them apart by it.
std::optional<Error> too_long(const Sent& sent) {
  if (sent.type.size() > kTypeBytesMax) {
    return error(Reason::bad_field, "type is longer than 128 bytes");
  }
  if (sent.id.size() > kIdBytesMax) return error(Reason::bad_field, "id is longer than 128 bytes");
  if (sent.time.size() > kTimeBytesMax) {
    return error(Reason::bad_time, "time is longer than 64 bytes");
  }
  return std::nullopt;
}

// The hash of an id can be run backwards: a client that sends another text of the same hash would
// give what the catalogue has another name.
std::optional<Error> borrowed_id(const Sent& sent, const player::HeldCatalog& catalogue) {
  const auto borrows = [](std::string_view name) {
    return error(Reason::bad_field,
                 std::string(name) + " is not the text of which the catalogue has this hash");
  };
  const auto said = [&](std::string_view name) {
    return counts(sent, name) ? text_at(sent.data, name) : std::string_view();
  };
  if (catalogue.is_twin_of_track(said("track_id"))) return borrows("track_id");
  if (catalogue.is_twin_of_track(said("seed_track_id"))) {
    return borrows("seed_track_id");
  }
  if (catalogue.is_twin_of_artist(said("artist_id"))) return borrows("artist_id");
  dom::array seeds;
  if (sent.data.at_key("seeds").get(seeds) == simdjson::SUCCESS) {
    for (const dom::element each : seeds) {
      dom::object seed;
      if (each.get(seed) != simdjson::SUCCESS) continue;  // the decoder says so
      if (catalogue.is_twin_of_track(text_at(seed, "track_id")) ||
          catalogue.is_twin_of_artist(text_at(seed, "artist_id"))) {
        return borrows("an id of seeds");
      }
    }
  }
  dom::object target;
  if (!counts(sent, "target") || sent.data.at_key("target").get(target) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const std::string_view id = text_at(target, "id");
  if (catalogue.is_twin_of_track(id) || catalogue.is_twin_of_artist(id)) {
    return borrows("target.id");
  }
  return std::nullopt;
}

std::size_t bytes_of(const Record& record) {
  std::size_t bytes = record.key->size() + record.value->size();
  for (const Header& each : record.headers) bytes += each.name.size() + each.value.size();
  return bytes;
}

std::vector<Header> headers_of(const Sent& sent, std::string type) {
  std::vector<Header> headers = {{"ce_specversion", "1.0"},
                                 {"ce_id", sent.id.empty() ? random_uuid() : std::string(sent.id)},
                                 {"ce_type", std::move(type)},
                                 {"ce_source", std::string(kSource)},
                                 {"content-type", "application/json"}};
  if (!sent.time.empty()) headers.push_back({"ce_time", std::string(sent.time)});
  if (is_traceparent(sent.traceparent)) {
    headers.push_back({std::string(kTraceparentHeader), std::string(sent.traceparent)});
  }
  return headers;
}

}  // namespace

struct EventReader::Parser {
  dom::parser json{kBatchBytesMax};
  // simdjson reads past the end: one padded buffer, used again for each body.
  std::vector<char> buffer = std::vector<char>(kBatchBytesMax + simdjson::SIMDJSON_PADDING);
  EventDecoder decoder;

  Result<ReadEvent> read_one(const dom::element& element, const Player& player,
                             const player::HeldCatalog& catalogue, Micros now,
                             std::string_view traceparent) {
    Result<Sent> sent = sent_event(element);
    if (!sent) return sent.error();
    if (!is_traceparent(sent->traceparent)) sent->traceparent = traceparent;
    if (sent->type.empty()) return error(Reason::missing_type, "type is missing");
    return recorded(*sent, player, catalogue, now);
  }

  // The event as it goes into the log, if recommenders could read it there.
  Result<ReadEvent> recorded(const Sent& sent, const Player& player,
                             const player::HeldCatalog& catalogue, Micros now) {
    if (auto wrong = too_long(sent)) return *std::move(wrong);
    if (auto wrong = borrowed_id(sent, catalogue)) return *std::move(wrong);
    Record record{.partition = 0,
                  .offset = 0,
                  .timestamp = now,
                  .key = player.listener,
                  .value = std::string(),
                  .headers = headers_of(sent, full_type(sent.type))};
    if (!append_data(*record.value, sent, player, catalogue)) {
      return error(Reason::wrong_key, "user_id is not the token's sub");
    }
    if (bytes_of(record) > kEventBytesMax) {
      return error(Reason::too_large, "the event is larger than 64 KiB");
    }
    const Result<Event> event = decoder.decode(record);
    if (!event) return event.error();
    return ReadEvent{.type = event->type,
                     .record = {.key = player.listener,
                                .value = std::move(*record.value),
                                .headers = std::move(record.headers)}};
  }
};

EventReader::EventReader() : parser_(std::make_unique<Parser>()) {
  if (parser_->json.allocate(kBatchBytesMax, kDepthMax) != simdjson::SUCCESS) {
    throw std::bad_alloc();
  }
}
EventReader::~EventReader() = default;

Result<ReadEvents> EventReader::read(std::string_view body, const Player& player,
                                     const player::HeldCatalog& catalogue, Micros now,
                                     std::string_view traceparent) {
  body = without_byte_order_mark(body);
  std::memcpy(parser_->buffer.data(), body.data(), body.size());
  dom::element json;
  const auto parsed = json::parse(parser_->json, parser_->buffer.data(), body.size(), json);
  if (parsed == simdjson::DEPTH_ERROR) return error(Reason::too_deep, "JSON nests deeper than 20");
  if (parsed != simdjson::SUCCESS) {
    return error(Reason::malformed, simdjson::error_message(parsed));
  }
  dom::array list;
  dom::object object;
  ReadEvents events;
  const bool is_object = json.get(object) == simdjson::SUCCESS;
  if (is_object && (has(object, "event") || has(object, "specversion"))) {
    events.push_back(parser_->read_one(json, player, catalogue, now, traceparent));
    return events;
  }
  const bool is_list = is_object ? object.at_key("events").get(list) == simdjson::SUCCESS
                                 : json.get(list) == simdjson::SUCCESS;
  if (!is_list) {
    return error(Reason::missing_field, "there is no event, no list of events, no CloudEvent");
  }
  if (list.size() == 0) return error(Reason::missing_field, "the list of events is empty");
  if (list.size() > kBatchEventsMax) {
    return error(Reason::too_large, "a batch has more than 500 events");
  }
  events.reserve(list.size());
  for (const dom::element each : list) {
    events.push_back(parser_->read_one(each, player, catalogue, now, traceparent));
  }
  return events;
}

Result<ReadEvent> EventReader::read_request(const dom::object& body,
                                            std::span<const std::string_view> members,
                                            const Player& player,
                                            const player::HeldCatalog& catalogue, Micros now) {
  const Sent sent{.type = name_of(EventType::request_made),
                  .id = text_at(body, "id"),
                  .time = {},
                  .traceparent = {},
                  .data = body,
                  .enveloped = false,
                  .members = members,
                  .made = now};
  return parser_->recorded(sent, player, catalogue, now);
}

ReadEvent made_event(EventDraft draft, const Player& player, Micros now) {
  draft.user_id = player.listener;
  if (draft.id.empty()) draft.id = random_uuid();
  if (draft.time == 0) draft.time = now;
  // The gateway's clock is right, whatever the listener's devices said before.
  if (draft.sent_at == 0) draft.sent_at = now;
  return {.type = draft.type, .record = encode(draft, kSource)};
}

}  // namespace segue::gateway
