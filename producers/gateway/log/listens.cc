#include "producers/gateway/log/listens.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "core/ids.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_parse.h"
#include "core/words/fold.h"
#include "core/words/printed.h"

namespace segue::gateway {
namespace {

using json::text_at;

namespace dom = simdjson::dom;

constexpr std::int64_t kListenedAtMin = 1'033'430'400;  // 2002-10-01, when scrobbling began
constexpr std::int64_t kListenedAheadS = 3'600;         // of our clock
constexpr std::int64_t kDurationMaxMs = 2'147'483'647;

constexpr std::size_t kTagsMaxOfListen = 50;
constexpr std::size_t kTagCharactersMax = 64;
constexpr std::array<std::string_view, 4> kMbids = {"recording_mbid", "release_mbid",
                                                    "release_group_mbid", "track_mbid"};
constexpr std::array<std::string_view, 2> kMbidLists = {"artist_mbids", "work_mbids"};

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

bool is_uuid(const dom::element& element) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS || text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

std::optional<Error> wrong_mbid(const dom::object& info) {
  const auto wrong = [](std::string_view name) {
    return error(Reason::bad_field, std::string(name) + " MBID format invalid.");
  };
  dom::element found;
  for (const std::string_view name : kMbids) {
    if (info.at_key(name).get(found) != simdjson::SUCCESS || found.is_null()) continue;
    std::string_view text;
    const bool none = found.get(text) == simdjson::SUCCESS && text.empty();
    if (!none && !is_uuid(found)) return wrong(name);
  }
  for (const std::string_view name : kMbidLists) {
    if (info.at_key(name).get(found) != simdjson::SUCCESS || found.is_null()) continue;
    dom::array all;
    if (found.get(all) != simdjson::SUCCESS) return wrong(name);
    for (const dom::element each : all) {
      if (!is_uuid(each)) return wrong(name);
    }
  }
  return std::nullopt;
}

std::optional<Error> wrong_tags(const dom::object& info) {
  dom::array tags;
  if (info.at_key("tags").get(tags) != simdjson::SUCCESS) return std::nullopt;
  if (tags.size() > kTagsMaxOfListen) {
    return error(Reason::bad_field,
                 "JSON document may not contain more than 50 items in "
                 "track_metadata.additional_info.tags.");
  }
  for (const dom::element tag : tags) {
    std::string_view text;
    const auto characters = [&] {
      return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
    };
    if (tag.get(text) == simdjson::SUCCESS &&
        characters() <= static_cast<std::ptrdiff_t>(kTagCharactersMax)) {
      continue;
    }
    return error(Reason::bad_field,
                 "JSON document may not contain track_metadata.additional_info.tags longer than "
                 "64 characters.");
  }
  return std::nullopt;
}

// A name that has no letters to fold, or of which a reader would see nothing.
bool shows_nothing(std::string_view name) {
  return folded(name).empty() || display_text(name).empty();
}

Result<Named> names_of(const dom::object& listen) {
  dom::object metadata;
  if (listen.at_key("track_metadata").get(metadata) != simdjson::SUCCESS) {
    return error(Reason::missing_field,
                 "JSON document does not contain a valid metadata.track_name and/or "
                 "track_metadata.artist_name.");
  }
  Named named{.artist = text_at(metadata, "artist_name"),
              .track = text_at(metadata, "track_name"),
              .info = {},
              .has_info = false};
  if (shows_nothing(named.artist) || shows_nothing(named.track)) {
    return error(Reason::missing_field,
                 "JSON document does not contain required track_metadata.track_name and/or "
                 "track_metadata.artist_name.");
  }
  if (named.artist.size() + named.track.size() > kListenBytesMax) {
    return error(Reason::too_large,
                 "track_metadata.track_name and track_metadata.artist_name may not be longer than "
                 "10240 characters.");
  }
  named.has_info = metadata.at_key("additional_info").get(named.info) == simdjson::SUCCESS;
  if (!named.has_info) return named;
  if (auto wrong = wrong_tags(named.info)) return *wrong;
  if (auto wrong = wrong_mbid(named.info)) return *wrong;
  return named;
}

std::string small_letters(std::string_view uuid) {
  std::string small(uuid);
  std::ranges::transform(small, small.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
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
  draft.track_id = recording.size() == kMbidBytes ? "mbid:" + small_letters(recording)
                                                  : made_track_id(named.artist, named.track);
  draft.artist_id = made_artist_id(named.artist);
  draft.title = named.track;
  draft.artist_title = named.artist;
}

// Seconds, as a number or, from some clients, as a text.
Result<std::int64_t> listened_at(const dom::object& listen, Micros now) {
  dom::element found;
  if (listen.at_key("listened_at").get(found) != simdjson::SUCCESS) {
    return error(Reason::missing_field,
                 "JSON document must contain the key listened_at at the top level.");
  }
  std::int64_t at = 0;
  std::string_view text;
  if (found.get(text) == simdjson::SUCCESS) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), at);
    if (wrong != std::errc() || end != text.data() + text.size()) at = -1;
  } else if (found.get(at) != simdjson::SUCCESS) {
    at = -1;
  }
  if (at < 0) {
    return error(Reason::bad_field, "JSON document must contain an int value for listened_at.");
  }
  if (at < kListenedAtMin) {
    return error(Reason::bad_field, "Value for key listened_at is too low.");
  }
  if (at > now / kSecond + kListenedAheadS) {
    return error(Reason::bad_field, "Value for key listened_at is too high.");
  }
  return at;
}

Result<EventDraft> completed(const dom::object& listen, const Named& named, EventDraft draft,
                             Micros now) {
  const Result<std::int64_t> said = listened_at(listen, now);
  if (!said) return said.error();
  const std::int64_t at = *said;
  draft.type = EventType::playback_completed;
  // A clock that is ahead is believed no further than now.
  draft.time = std::min(at * kSecond, now);
  const std::string what =
      std::to_string(at) + "\n" + folded(named.artist) + "\n" + folded(named.track);
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
    return error(Reason::malformed, "A listen in the payload is not a JSON object.");
  }
  const Result<Named> named = names_of(listen);
  if (!named) return named.error();
  // Without a session: what is heard now is of the one that is on, even if a player tells it too.
  EventDraft draft;
  name_track(draft, *named, catalogue);
  if (!playing_now) return completed(listen, *named, std::move(draft), now);
  if (listen.at_key("listened_at").error() == simdjson::SUCCESS) {
    return error(Reason::bad_field,
                 "JSON document must not contain listened_at while submitting playing_now.");
  }
  draft.type = EventType::playback_started;
  draft.time = now;
  return draft;
}

}  // namespace

Result<std::vector<EventDraft>> read_listens(std::string_view body,
                                             const player::HeldCatalog& catalogue, Micros now) {
  dom::parser parser;
  const simdjson::padded_string padded(body);
  dom::element root;
  dom::object submission;
  if (json::parse(parser, padded, root) != simdjson::SUCCESS ||
      root.get(submission) != simdjson::SUCCESS) {
    return error(Reason::malformed, "Cannot parse JSON document: it is not a JSON object.");
  }
  const std::string_view type = text_at(submission, "listen_type");
  if (type != "single" && type != "import" && type != "playing_now") {
    return error(Reason::bad_field, "JSON document requires a valid listen_type key.");
  }
  dom::array payload;
  if (submission.at_key("payload").get(payload) != simdjson::SUCCESS) {
    return error(Reason::missing_field,
                 "The payload in the JSON document should be a list of listens.");
  }
  if (payload.size() == 0) {
    return error(Reason::missing_field, "JSON document does not contain any listens.");
  }
  if (type != "import" && payload.size() > 1) {
    return error(Reason::too_large,
                 "JSON document contains more than one listen for a single/playing_now. It should "
                 "contain only one.");
  }
  if (payload.size() > kListensMax) {
    return error(Reason::too_large,
                 "Too many listens. You may not submit more than 1000 listens per request.");
  }
  if (body.size() > payload.size() * kListenBytesMax) {
    return error(Reason::too_large,
                 "JSON document is too large. In aggregate, listens may not be larger than 10240 "
                 "characters.");
  }
  std::vector<EventDraft> drafts;
  drafts.reserve(payload.size());
  for (const dom::element each : payload) {
    auto draft = draft_of(each, type == "playing_now", catalogue, now);
    if (!draft) return draft.error();
    drafts.push_back(std::move(*draft));
  }
  // Exports are newest first, and what follows what is learned from their order.
  std::ranges::stable_sort(drafts, {}, &EventDraft::time);
  return drafts;
}

}  // namespace segue::gateway
