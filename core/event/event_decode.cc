#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/event/event.h"
#include "core/wire/byte_order_mark.h"
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

using simdjson::dom::element;
using simdjson::dom::object;

enum class Need : bool { optional, required };

// As many whole characters as fit. Requires: UTF-8.
std::string first_bytes(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  text.resize(bytes_max);
  return text;
}

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

// Reads the fields of one JSON object and keeps the first error, so that the list of fields below
// reads as a list.
class Fields {
 public:
  explicit Fields(object json) : json_(json) {}

  std::string_view id(std::string_view name, Need need) {
    element found;
    if (!find(name, need, found)) return {};
    std::string_view text;
    if (found.get_string().get(text) != simdjson::SUCCESS) return fail(name, "is not a text"), text;
    if (text.empty() || text.size() > kIdBytesMax) {
      fail(name, "is empty or longer than 128 bytes");
      return {};
    }
    return text;
  }

  // The id of a track or an artist, which somebody has to find again.
  std::string_view item_id(std::string_view name, Need need) {
    const std::string_view text = id(name, need);
    if (!text.empty() && !is_visible(text)) fail(name, "has nothing that can be seen");
    return text;
  }

  std::int64_t whole(std::string_view name, std::int64_t min, std::int64_t max,
                     std::int64_t absent) {
    element found;
    if (!find(name, Need::optional, found)) return absent;
    std::int64_t value = 0;
    if (found.get_int64().get(value) != simdjson::SUCCESS || value < min || value > max) {
      fail(name, "is not a whole number in its range");
      return absent;
    }
    return value;
  }

  double number(std::string_view name, double min, double max, double absent) {
    element found;
    if (!find(name, Need::optional, found)) return absent;
    double value = 0;
    if (found.get_double().get(value) != simdjson::SUCCESS || !(value >= min && value <= max)) {
      fail(name, "is not a number in its range");
      return absent;
    }
    return value;
  }

  std::optional<bool> flag(std::string_view name) {
    element found;
    if (!find(name, Need::optional, found)) return std::nullopt;
    bool value = false;
    if (found.get_bool().get(value) != simdjson::SUCCESS) fail(name, "is not true or false");
    return value;
  }

  std::string_view text(std::string_view name) {
    element found;
    std::string_view text;
    if (!find(name, Need::optional, found)) return text;
    if (found.get_string().get(text) != simdjson::SUCCESS) fail(name, "is not a text");
    return text;
  }

  // Empty also where something else stands: what only adds to an event never refuses it.
  std::string_view text_or_nothing(std::string_view name) {
    std::string_view text;
    if (json_[name].get_string().get(text) != simdjson::SUCCESS) return {};
    return text;
  }

  // A word of a wish: on one line, as long as it is kept.
  std::string word(std::string_view name) {
    return first_bytes(display_text(text(name)), Request::kWishedWordBytesMax);
  }

  std::vector<std::string> words(std::string_view name, std::size_t max) {
    element found;
    if (!find(name, Need::optional, found)) return {};
    simdjson::dom::array list;
    std::vector<std::string> words;
    bool good = found.get_array().get(list) == simdjson::SUCCESS && list.size() <= max;
    for (std::size_t i = 0; good && i < list.size(); ++i) {
      std::string_view text;
      good = list.at(i).get(text) == simdjson::SUCCESS;
      words.push_back(first_bytes(display_text(text), Request::kWishedWordBytesMax));
    }
    if (!good) fail(name, "is not a list of at most " + std::to_string(max) + " texts");
    return words;
  }

  AiMusicSaid ai_music() {
    object json;
    element found;
    if (!find("ai_music", Need::optional, found)) return {};
    if (found.get_object().get(json) != simdjson::SUCCESS) {
      fail("ai_music", "is not a JSON object");
      return {};
    }
    Fields setting(json);
    AiMusicSaid said;
    const std::string_view mode = setting.text("mode");
    said.mode = ai_mode_of(mode);
    if (!mode.empty() && !said.mode) fail("ai_music.mode", "is not off, ask or on");
    for (std::size_t i = 0; i < kAiParts; ++i) {
      const auto wanted = setting.flag(kAiPartNames[i]);
      if (!wanted) continue;
      (*wanted ? said.allowed : said.refused) |= bit_of(static_cast<AiPart>(i));
    }
    if (setting.error_) fail_with(*setting.error_);
    return said;
  }

  Consent consent(Need need) {
    object json;
    element found;
    if (!find("consent", need, found)) return {};
    if (found.get_object().get(json) != simdjson::SUCCESS) {
      fail("consent", "is not a JSON object");
      return {};
    }
    Fields purposes(json);
    const Consent said{.personalisation = purposes.flag("personalisation"),
                       .learning = purposes.flag("learning")};
    if (purposes.error_) fail_with(*purposes.error_);
    return said;
  }

  // Their hashes, by `hash`; empty if absent.
  template <class Id>
  std::vector<Id> ids(std::string_view name, std::size_t max, Id (*hash)(std::string_view)) {
    element found;
    if (!find(name, Need::optional, found)) return {};
    simdjson::dom::array list;
    if (found.get_array().get(list) != simdjson::SUCCESS || list.size() > max) {
      fail(name, "is not a list of at most " + std::to_string(max) + " ids");
      return {};
    }
    std::vector<Id> ids;
    for (const element each : list) {
      std::string_view text;
      if (each.get_string().get(text) != simdjson::SUCCESS || text.empty() ||
          text.size() > kIdBytesMax || !is_visible(text)) {
        fail(name, "holds what is no id");
        return {};
      }
      ids.push_back(hash(text));
    }
    return ids;
  }

  std::optional<Micros> time(std::string_view name, std::string_view otherwise) {
    element found;
    std::string_view text = otherwise;
    if (find(name, Need::optional, found) && found.get_string().get(text) != simdjson::SUCCESS) {
      fail_with(error(Reason::bad_time, std::string(name) + " is not a text"));
      return std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    const Result<Micros> parsed = parse_time(text);
    if (parsed) return *parsed;
    fail_with(error(Reason::bad_time, std::string(name) + ": " + parsed.error().detail));
    return std::nullopt;
  }

  struct Target {
    std::string_view type;
    std::string_view id;
  };
  std::optional<Target> target() {
    object json;
    if (json_["target"].get_object().get(json) != simdjson::SUCCESS) return std::nullopt;
    Target target;
    if (json["type"].get_string().get(target.type) != simdjson::SUCCESS) return std::nullopt;
    Fields fields(json);
    target.id = fields.item_id("id", Need::required);
    if (fields.error_) fail_with(*fields.error_);
    return target;
  }

  void fail_with(Error e) {
    if (!error_) error_ = std::move(e);
  }
  const std::optional<Error>& failed() const { return error_; }

 private:
  bool find(std::string_view name, Need need, element& found) {
    if (json_[name].get(found) == simdjson::SUCCESS && !found.is_null()) return true;
    if (need == Need::required) {
      fail_with(error(Reason::missing_field, std::string(name) + " is missing"));
    }
    return false;
  }
  void fail(std::string_view name, std::string_view what) {
    fail_with(error(Reason::bad_field, std::string(name) + " " + std::string(what)));
  }

  object json_;
  std::optional<Error> error_;
};

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

// An id that is made of names stands for these alone: nobody gives it others.
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

// Types are checked; whether the composer can make it is decided where it is decided upon, so that
// the listener hears why not.
Wished read_wished(Fields& fields) {
  constexpr std::int64_t kNotSaid = -1;
  Wished wished;
  wished.genre = fields.word("genre");
  wished.mood = fields.word("mood");
  wished.key = fields.word("key");
  wished.instruments = fields.words("instruments", kInstrumentsMax);
  const std::int64_t tempo = fields.whole("tempo_bpm", 0, 1'000, kNotSaid);
  if (tempo != kNotSaid) wished.tempo_bpm = static_cast<int>(tempo);
  const double seconds = fields.number("seconds", 0, 86'400, kNotSaid);
  if (seconds != kNotSaid) wished.seconds = static_cast<float>(seconds);
  const double energy = fields.number("energy", 0, 1, kNotSaid);
  if (energy != kNotSaid) wished.energy = static_cast<float>(energy);
  return wished;
}

void read_setting(Fields& fields, Event& event) {
  const bool changes = event.type == EventType::privacy_consent_changed;
  if (!changes && event.type != EventType::session_started) return;
  event.ai_music = fields.ai_music();
  if (!changes) return;
  event.consent = fields.consent(event.ai_music.empty() ? Need::required : Need::optional);
}

void read_request(Fields& fields, Event& event) {
  if (event.type == EventType::session_started) {
    event.explicit_allowed = fields.flag("explicit_allowed");
  }
  if (event.type != EventType::request_made) return;
  event.request =
      Request{.excluded_tracks = fields.ids("exclude_track_ids", Request::kTracksMax, track_id),
              .excluded_artists = fields.ids("exclude_artist_ids", Request::kArtistsMax, artist_id),
              .queued = fields.ids("queued_track_ids", Request::kQueuedMax, track_id),
              .explicit_allowed = fields.flag("explicit_allowed").value_or(true),
              .adventurous = static_cast<float>(fields.number("adventurous", 0, 1, -1)),
              .seed = track_id(fields.item_id("seed_track_id", Need::optional)),
              .genre = kind_hash(fields.text("genre")),
              .mood = kind_hash(fields.text("mood")),
              .wished = read_wished(fields)};
  event.generate = fields.flag("generate").value_or(false);
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
  element json;
  const auto parsed = parser_->json.parse(parser_->buffer.data(), text.size(), false).get(json);
  if (parsed == simdjson::DEPTH_ERROR) {
    return error(Reason::too_deep, "JSON nests deeper than 16");
  }
  if (parsed != simdjson::SUCCESS) {
    return error(Reason::malformed, simdjson::error_message(parsed));
  }
  object data;
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
