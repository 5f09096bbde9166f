#include "producers/gateway/listens.h"

#include <simdjson.h>

#include <optional>
#include <string>
#include <utility>

#include "core/ids.h"

namespace segue::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kListenedAtMin = 1'033'430'400;  // 2002-10-01, when scrobbling began
constexpr std::int64_t kListenedAtMax = 7'258'118'400;  // the year 2200
constexpr std::int64_t kDurationMaxMs = 2'147'483'647;
constexpr std::string_view kSession = "listenbrainz";

std::string_view text_at(const dom::object& object, std::string_view name) {
  std::string_view text;
  return object.at_key(name).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Milliseconds from `name`_ms or, in seconds, from `name`; 0: not said, or beyond all bounds.
std::int32_t span_at(const dom::object& info, const std::string& name) {
  double value = 0;
  double factor = 1;
  if (info.at_key(name + "_ms").get(value) != simdjson::SUCCESS) {
    factor = 1'000;
    if (info.at_key(name).get(value) != simdjson::SUCCESS) return 0;
  }
  value *= factor;
  return value > 0 && value <= static_cast<double>(kDurationMaxMs)
             ? static_cast<std::int32_t>(value)
             : 0;
}

struct Named {
  std::string_view artist;
  std::string_view track;
  dom::object info;
  bool has_info = false;
};

Result<Named> names_of(const dom::object& listen) {
  dom::object metadata;
  if (listen.at_key("track_metadata").get(metadata) != simdjson::SUCCESS) {
    return error(Reason::missing_field, "payload: track_metadata is missing");
  }
  Named named{.artist = text_at(metadata, "artist_name"),
              .track = text_at(metadata, "track_name"),
              .info = {},
              .has_info = false};
  if (named.artist.empty() || named.track.empty()) {
    return error(Reason::missing_field, "track_metadata: artist_name and track_name are needed");
  }
  named.has_info = metadata.at_key("additional_info").get(named.info) == simdjson::SUCCESS;
  return named;
}

void name_track(EventDraft& draft, const Named& named, const player::HeldCatalog& catalogue) {
  if (const CatalogEntry* entry = catalogue.find(named.artist, named.track)) {
    draft.track_id = entry->track_id;
    draft.artist_id = entry->artist_id;
    draft.duration_ms = entry->duration_ms;
    return;
  }
  const std::string_view recording =
      named.has_info ? text_at(named.info, "recording_mbid") : std::string_view();
  constexpr std::size_t kMbidBytes = 36;
  draft.track_id =
      recording.size() == kMbidBytes
          ? "mbid:" + std::string(recording)
          : "name:" + item_key(ItemId{player::printed_hash(named.artist, named.track)});
  draft.artist_id = "name:" + item_key(ItemId{player::printed_hash(named.artist, "")});
}

Result<EventDraft> completed(const dom::object& listen, const Named& named, EventDraft draft) {
  std::int64_t at = 0;
  if (listen.at_key("listened_at").get(at) != simdjson::SUCCESS) {
    return error(Reason::missing_field, "payload: listened_at is missing");
  }
  if (at < kListenedAtMin || at > kListenedAtMax) {
    return error(Reason::bad_field, "payload: listened_at is no time of a listen, in seconds");
  }
  draft.type = EventType::playback_completed;
  draft.time = at * kSecond;
  const std::string what =
      std::to_string(at) + "\n" + std::string(named.artist) + "\n" + std::string(named.track);
  draft.id = "listen-" + item_key(ItemId{track_id(what).value});
  draft.play_id = draft.id;
  const std::int32_t duration = named.has_info ? span_at(named.info, "duration") : 0;
  if (duration > 0) draft.duration_ms = duration;
  draft.played_ms = named.has_info ? span_at(named.info, "duration_played") : 0;
  // A listen is submitted once it was heard.
  if (draft.played_ms == 0 || draft.duration_ms == 0) {
    draft.played_ms = draft.duration_ms;
    draft.played_fraction = 1;
  }
  return draft;
}

Result<EventDraft> draft_of(const dom::element& payload, bool playing_now,
                            const player::HeldCatalog& catalogue, Micros now) {
  dom::object listen;
  if (payload.get(listen) != simdjson::SUCCESS) {
    return error(Reason::malformed, "payload: a listen is not a JSON object");
  }
  const Result<Named> named = names_of(listen);
  if (!named) return named.error();
  EventDraft draft;
  draft.session_id = kSession;
  name_track(draft, *named, catalogue);
  if (!playing_now) return completed(listen, *named, std::move(draft));
  draft.type = EventType::playback_started;
  draft.time = now;
  return draft;
}

}  // namespace

Result<std::vector<EventDraft>> read_listens(std::string_view body,
                                             const player::HeldCatalog& catalogue, Micros now) {
  dom::parser parser;
  const simdjson::padded_string padded(body);
  dom::object submission;
  if (parser.parse(padded).get(submission) != simdjson::SUCCESS) {
    return error(Reason::malformed, "the body is not a JSON object");
  }
  const std::string_view type = text_at(submission, "listen_type");
  if (type != "single" && type != "import" && type != "playing_now") {
    return error(Reason::bad_field, "listen_type must be single, playing_now or import");
  }
  dom::array payload;
  if (submission.at_key("payload").get(payload) != simdjson::SUCCESS || payload.size() == 0) {
    return error(Reason::missing_field, "payload must be a list of listens");
  }
  if (payload.size() > (type == "import" ? kListensMax : 1)) {
    return error(Reason::too_large, "payload has too many listens for its listen_type");
  }
  std::vector<EventDraft> drafts;
  drafts.reserve(payload.size());
  for (const dom::element each : payload) {
    auto draft = draft_of(each, type == "playing_now", catalogue, now);
    if (!draft) return draft.error();
    drafts.push_back(std::move(*draft));
  }
  return drafts;
}

}  // namespace segue::gateway
