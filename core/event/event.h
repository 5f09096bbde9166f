#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/request.h"
#include "core/generation/label/ai_music.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

// The events that a player app can send. Types of a newer minor version arrive as `other`:
// accepted, counted, without effect.
enum class EventType : std::uint8_t {
  playback_started,
  playback_heartbeat,
  playback_paused,
  playback_resumed,
  playback_seeked,
  playback_skipped,
  playback_completed,
  playback_stopped,
  playback_failed,
  feedback_rated,
  feedback_saved,
  feedback_unsaved,
  feedback_hidden,
  playlist_track_added,
  playlist_track_removed,
  recommendation_shown,
  recommendation_clicked,
  recommendation_dismissed,
  request_made,
  session_started,
  session_ended,
  generation_accepted,
  generation_rejected,
  privacy_erasure_requested,
  privacy_consent_changed,
  other,
};

// The wire name without version, "playback.completed"; `other` is "other".
std::string_view name_of(EventType type);
EventType event_type_of(std::string_view name);

// Skipped, completed or stopped: the end of a play, where a listen is scored and learned.
bool is_terminal(EventType type);
// Rated, saved, unsaved or hidden: what a listener says of a track or an artist.
bool is_feedback(EventType type);

// privacy.consent_changed: what the listener said, of the purposes Segue knows.
struct Consent {
  std::optional<bool> personalisation;
  std::optional<bool> learning;
};

// Where a play came from, as `reason_start` says. A play that the player began is no wish.
enum class StartedBy : std::uint8_t {
  unknown,   // not said, or in a word that this version does not know
  listener,  // chose this track: clickrow, playbtn, backbtn, clickside, uriopen
  player,    // went on by itself: trackdone, fwdbtn, autoplay, appload, trackerror, persisted
};

StartedBy started_by(std::string_view reason_start);

// One accepted event, as `step` sees it.
struct Event {
  EventType type = EventType::other;
  std::string id;         // CloudEvents id, for `cause`
  std::string user_id;    // equals the record's key
  SessionId session;      // none: sessions are cut where nothing is heard for more than 1,800 s
  std::uint64_t seq = 0;  // from 1 within a session; 0: none, and so no duplicate is recognised
  PlayId play;
  TrackId track;
  std::string track_name;   // the wire id of `track`
  ArtistId artist;          // written by the gateway or the replay; routes the artist's signal
  std::string artist_name;  // the wire id of `artist`
  // The client's names of them, as `display_text`; of an id that is made of names these names
  // alone.
  std::string title;
  std::string artist_title;
  Micros time = 0;          // when it happened on the device, skew corrected
  Micros device_time = 0;   // the same, uncorrected: identical when a client sends it again
  bool skew_known = false;  // `sent_at` was there: `time` is right whatever the device's clock says
  Micros received = 0;      // Kafka's record timestamp
  std::int64_t offset = 0;
  std::int32_t duration_ms = 0;  // 0: unknown
  std::int32_t played_ms = 0;
  float played_fraction = -1;  // 0 to 1; -1: unknown. From played_ms / duration_ms where both stand
  std::int8_t score = 0;       // feedback.rated: -1, 0, 1
  StartedBy started_by = StartedBy::unknown;  // playback
  bool from_list =
      false;  // playback: `rec_id` names the list of ours that the track was taken from
  bool private_session = false;
  bool about_artist = false;             // feedback whose target is `artist`; `track` is none
  std::optional<bool> explicit_allowed;  // session.started: the listener's setting
  std::optional<Request> request;        // request.made
  bool generate = false;                 // request.made: a newly composed track, please
  Consent consent;                       // privacy.consent_changed
  AiMusicSaid ai_music;                  // session.started, privacy.consent_changed
  std::string job_id;                    // generation.accepted, generation.rejected
};

// A header of a Kafka record. Names and values are bytes.
struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

// An input record as the log holds it.
struct Record {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Micros timestamp = 0;  // Kafka's
  std::optional<std::string> key;
  std::optional<std::string> value;  // none: a tombstone
  std::vector<Header> headers;
};

// The value of the first header of that name, or an empty view.
std::string_view header(const Record& record, std::string_view name);

inline constexpr std::size_t kEventBytesMax = 64 * 1024;
inline constexpr std::string_view kEventTypePrefix = "segue.";

// Reads events; keeps one parser and one padded buffer, so use one decoder a thread.
class EventDecoder {
 public:
  EventDecoder();
  ~EventDecoder();
  EventDecoder(EventDecoder&&) noexcept;
  EventDecoder& operator=(EventDecoder&&) noexcept;

  // CloudEvents binary mode: `ce_type` says what it is ("segue.playback.completed.v1"), `ce_id`
  // names it, the value is the JSON data. Errors: every Reason but too_old and quarantined.
  Result<Event> decode(const Record& record);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// An event as a producer writes it: the value and the headers that EventDecoder reads back.
// `source` is the CloudEvents source ("/segue/replay").
struct EncodedEvent {
  std::string key;
  std::string value;
  std::vector<Header> headers;
};

// The wire form of an event before it is one: the texts of the ids, and only what is known.
struct EventDraft {
  EventType type = EventType::other;
  std::string id;  // unique per source; resend the same id with the same (session_id, seq)
  std::string user_id;
  std::string session_id;
  std::uint64_t seq = 0;
  std::string play_id;
  std::string track_id;
  std::string artist_id;  // feedback without a track is about the artist
  std::string title;      // what the track and its artist are called
  std::string artist_title;
  Micros time = 0;
  std::int32_t duration_ms = 0;
  std::int32_t played_ms = 0;
  float played_fraction = -1;
  std::string reason;        // reason_start or reason_end, by type
  std::string reason_start;  // of a play that ended, beside its reason_end
  std::string rec_id;        // the list that the track was taken from
  bool private_session = false;
  std::int8_t score = 0;  // feedback.rated: -1, 0, 1
  // session.started: the listener's setting; request.made: this request's.
  std::optional<bool> explicit_allowed;
  std::vector<std::string> exclude_track_ids;  // request.made, as the next fourteen
  std::vector<std::string> exclude_artist_ids;
  std::vector<std::string> queued_track_ids;
  std::optional<float> adventurous;
  std::string seed_track_id;
  // As JSON: a list and an object. The decoder checks them.
  std::string seeds;
  std::string filter;
  std::string genre;
  std::string mood;
  std::optional<int> tempo_bpm;
  std::string key;
  std::optional<float> seconds;
  std::vector<std::string> instruments;
  std::optional<float> energy;
  bool generate = false;
  Consent consent;
  AiMusicSaid ai_music;  // session.started, privacy.consent_changed
  std::string job_id;    // generation.accepted, generation.rejected
  Micros sent_at = 0;
};

EncodedEvent encode(const EventDraft& draft, std::string_view source);

}  // namespace segue
