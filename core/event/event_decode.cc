#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/event/event.h"
#include "core/event/fields.h"
#include "core/event/request_decode.h"
#include "core/wire/byte_order_mark.h"
#include "core/wire/json_parse.h"
#include "core/words/printed.h"

namespace segue {
namespace {

// No message of ours nests deeper than four; what does is an attack or an accident.
constexpr std::size_t kDepthMax = 16;
// A device's clock is corrected only when it is further off than a slow network explains.
constexpr Micros kSkewTolerated = 5 * kSecond;
// Windows against retries remember device times: one far ahead would age all that comes after it.
constexpr Micros kFutureTolerated = 10 * kMinute;

// Words of `reason_start`, as Spotify's extended history has them.
constexpr std::array<std::string_view, 5> kListenersReasons = {"clickrow", "playbtn", "backbtn",
                                                               "clickside", "uriopen"};
constexpr std::array<std::string_view, 6> kPlayersReasons = {
    "trackdone", "fwdbtn", "autoplay", "appload", "trackerror", "persisted"};

// Splits "segue.playback.completed.v1" into its name; only major version 1 is read.
Result<EventType> type_of(std::string_view ce_type) {
  if (ce_type.empty()) return error(Reason::missing_type, "header ce_type is missing");
  const std::size_t dot = ce_type.rfind(".v");
  if (!ce_type.starts_with(kEventTypePrefix) || dot == std::string_view::npos ||
      dot < kEventTypePrefix.size()) {
    return error(Reason::bad_field, "ce_type is not segue.<type>.v<major>");
  }
  if (ce_type.substr(dot) != ".v1") {
    return error(Reason::unknown_version, "ce_type has a major version other than v1");
  }
  return event_type_of(ce_type.substr(kEventTypePrefix.size(), dot - kEventTypePrefix.size()));
}

bool needs_track(EventType type) {
  return type == EventType::playback_started || is_terminal(type) ||
         type == EventType::playlist_track_added || type == EventType::playlist_track_removed;
}

void read_track(Fields& fields, Event& event) {
  std::string_view track =
      fields.item_id("track_id", needs_track(event.type) ? Need::required : Need::optional);
  std::string_view artist = fields.item_id("artist_id", Need::optional);
  const auto target = is_feedback(event.type) ? fields.target() : std::nullopt;
  // An artist_id alone says whose the track is, and not that the artist is meant.
  if (is_feedback(event.type) && !target && track.empty()) {
    fields.fail_with(error(Reason::missing_field, "track_id or target is missing"));
  }
  if (target) {
    event.about_artist = target->type == "artist";
    if (event.about_artist) artist = target->id;
    // Feedback on an album says nothing of the track that happened to play.
    track = target->type == "track" ? target->id : std::string_view{};
  }
  event.track = track_id(track);
  event.track_name = track;
  event.artist = artist_id(artist);
  event.artist_name = artist;
}

// An id that is made of names stands for these alone: no client gives it others.
void read_names(Fields& fields, Event& event) {
  const std::string_view title = fields.text_or_nothing("title");
  const std::string_view artist = fields.text_or_nothing("artist");
  if (!is_made_id(event.track_name) || event.track_name == made_track_id(artist, title)) {
    event.title = display_text(title);
  }
  if (!is_made_id(event.artist_name) || event.artist_name == made_artist_id(artist)) {
    event.artist_title = display_text(artist);
  }
}

void read_setting(Fields& fields, Event& event) {
  const bool changes = event.type == EventType::privacy_consent_changed;
  if (!changes && event.type != EventType::session_started) return;
  event.ai_music = fields.ai_music();
  if (!changes) return;
  event.consent = fields.consent(event.ai_music.empty() ? Need::required : Need::optional);
}

void read_play(Fields& fields, Event& event) {
  event.started_by = started_by(fields.text_or_nothing("reason_start"));
  event.from_list = !fields.text_or_nothing("rec_id").empty();
  event.play = play_id(fields.id("play_id", Need::optional));
  event.duration_ms = static_cast<std::int32_t>(fields.whole("duration_ms", 0, INT32_MAX, 0));
  const std::int64_t played_ms = fields.whole("played_ms", 0, INT32_MAX, -1);
  event.played_ms = static_cast<std::int32_t>(std::max<std::int64_t>(played_ms, 0));
  event.played_fraction = static_cast<float>(fields.number("played_fraction", 0, 1e6, -1));
  if (event.duration_ms > 0 && played_ms >= 0) {
    event.played_fraction =
        static_cast<float>(event.played_ms) / static_cast<float>(event.duration_ms);
  }
  if (event.played_fraction > 1) event.played_fraction = 1;  // a track heard with rewinds
}

// A header is bytes; what we publish as the cause's id must be text.
void read_id(std::string_view ce_id, Fields& fields, Event& event) {
  if (!simdjson::validate_utf8(ce_id.data(), ce_id.size())) {
    fields.fail_with(error(Reason::bad_field, "ce_id is not UTF-8"));
    return;
  }
  event.id = first_bytes(std::string(ce_id), kIdBytesMax);
}

void read_time(Fields& fields, std::string_view ce_time, Event& event) {
  const std::optional<Micros> time = fields.time("time", ce_time);
  const std::optional<Micros> sent_at = fields.time("sent_at", {});
  if (fields.failed()) return;
  if (!time) {
    fields.fail_with(error(Reason::missing_field, "time is missing"));
    return;
  }
  event.device_time = *time;
  if (event.device_time > event.received + kFutureTolerated) {
    fields.fail_with(error(Reason::bad_time, "time is more than ten minutes in the future"));
    return;
  }
  event.skew_known = sent_at.has_value();
  const Micros skew = event.skew_known ? event.received - *sent_at : 0;
  const bool corrected = skew > kSkewTolerated || skew < -kSkewTolerated;
  event.time = std::min(event.device_time + (corrected ? skew : 0), event.received);
  event.time = std::max<Micros>(event.time, 0);
}

}  // namespace

StartedBy started_by(std::string_view reason_start) {
  const auto is_one_of = [&](const auto& words) {
    return std::find(words.begin(), words.end(), reason_start) != words.end();
  };
  if (is_one_of(kListenersReasons)) return StartedBy::listener;
  if (is_one_of(kPlayersReasons)) return StartedBy::player;
  return StartedBy::unknown;
}

struct EventDecoder::Parser {
  simdjson::dom::parser json{kEventBytesMax};
  // simdjson reads past the end: one padded buffer, used again for each event.
  std::vector<char> buffer = std::vector<char>(kEventBytesMax + simdjson::SIMDJSON_PADDING);
};

EventDecoder::EventDecoder() : parser_(std::make_unique<Parser>()) {
  const auto failed = parser_->json.allocate(kEventBytesMax, kDepthMax);
  if (failed != simdjson::SUCCESS) throw std::bad_alloc();
}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

Result<Event> EventDecoder::decode(const Record& record) {
  if (!record.key) return error(Reason::null_key, "the record has no key");
  if (!record.value) return error(Reason::malformed, "the record has no value");
  if (record.value->size() > kEventBytesMax) {
    return error(Reason::too_large, "the value is larger than 64 KiB");
  }
  const Result<EventType> type = type_of(header(record, "ce_type"));
  if (!type) return type.error();

  const std::string_view text = without_byte_order_mark(*record.value);
  std::memcpy(parser_->buffer.data(), text.data(), text.size());
  simdjson::dom::element json;
  const auto parsed = json::parse(parser_->json, parser_->buffer.data(), text.size(), json);
  if (parsed == simdjson::DEPTH_ERROR) {
    return error(Reason::too_deep, "JSON nests deeper than 16");
  }
  if (parsed != simdjson::SUCCESS) {
    return error(Reason::malformed, simdjson::error_message(parsed));
  }
  simdjson::dom::object data;
  if (json.get_object().get(data) != simdjson::SUCCESS) {
    return error(Reason::malformed, "the value is not a JSON object");
  }

  Fields fields(data);
  Event event;
  event.type = *type;
  read_id(header(record, "ce_id"), fields, event);
  event.received = record.timestamp;
  event.offset = record.offset;
  event.user_id = fields.id("user_id", Need::required);
  event.session = session_id(fields.id("session_id", Need::optional));
  event.seq = static_cast<std::uint64_t>(fields.whole("seq", 1, std::int64_t{1} << 53, 0));
  event.score = static_cast<std::int8_t>(fields.whole("score", -1, 1, 0));
  if (event.type == EventType::feedback_rated && !fields.has("score")) {
    fields.fail_with(error(Reason::missing_field, "score is missing"));
  }
  event.private_session = fields.flag("private_session").value_or(false);
  read_track(fields, event);
  read_names(fields, event);
  read_request(fields, event);
  read_setting(fields, event);
  if (event.type == EventType::generation_accepted ||
      event.type == EventType::generation_rejected) {
    event.job_id = fields.id("job_id", Need::required);
  }
  read_play(fields, event);
  read_time(fields, header(record, "ce_time"), event);
  if (fields.failed()) return *fields.failed();
  if (event.user_id != *record.key) {
    return error(Reason::wrong_key, "the key is not the event's user_id");
  }
  return event;
}

}  // namespace segue
