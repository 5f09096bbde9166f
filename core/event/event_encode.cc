#include <cmath>
#include <string>

#include "core/event/event.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

// A typical event has about 330 bytes; one allocation holds nearly all.
constexpr std::size_t kEventBytesUsual = 448;

bool is_start(EventType type) { return type == EventType::playback_started; }

void append_playback(json::ObjectWriter& out, const EventDraft& draft) {
  if (!draft.play_id.empty()) out.text("play_id", draft.play_id);
  if (!draft.track_id.empty()) out.text("track_id", draft.track_id);
  if (!draft.artist_id.empty()) out.text("artist_id", draft.artist_id);
  if (!draft.title.empty()) out.text("title", draft.title);
  if (!draft.artist_title.empty()) out.text("artist", draft.artist_title);
  if (draft.duration_ms > 0) out.number("duration_ms", std::int64_t{draft.duration_ms});
  // Nothing played is knowledge where a play ended, and silence anywhere else.
  const bool ended_at_once = is_terminal(draft.type) && draft.duration_ms > 0;
  if (draft.played_ms > 0 || (draft.played_ms == 0 && ended_at_once))
    out.number("played_ms", std::int64_t{draft.played_ms});
  if (draft.played_fraction >= 0 && std::isfinite(draft.played_fraction))
    out.number("played_fraction", draft.played_fraction);
  if (!draft.rec_id.empty()) out.text("rec_id", draft.rec_id);
  if (!draft.reason_start.empty()) out.text("reason_start", draft.reason_start);
  if (!draft.reason.empty())
    out.text(is_start(draft.type) ? "reason_start" : "reason_end", draft.reason);
}

void append_ids(json::ObjectWriter& out, std::string_view name,
                const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  std::string& list = out.member(name);
  char before = '[';
  for (const std::string& id : ids) {
    list += before;
    json::append_string(list, id);
    before = ',';
  }
  list += ']';
}

void append_wishes(json::ObjectWriter& out, const EventDraft& draft) {
  if (draft.explicit_allowed)
    out.member("explicit_allowed") += *draft.explicit_allowed ? "true" : "false";
  append_ids(out, "exclude_track_ids", draft.exclude_track_ids);
  append_ids(out, "exclude_artist_ids", draft.exclude_artist_ids);
  append_ids(out, "queued_track_ids", draft.queued_track_ids);
  if (draft.adventurous) out.number("adventurous", *draft.adventurous);
  if (!draft.seed_track_id.empty()) out.text("seed_track_id", draft.seed_track_id);
  if (!draft.seeds.empty()) out.member("seeds") += draft.seeds;
  if (!draft.filter.empty()) out.member("filter") += draft.filter;
  if (!draft.genre.empty()) out.text("genre", draft.genre);
  if (!draft.mood.empty()) out.text("mood", draft.mood);
  if (draft.tempo_bpm) out.number("tempo_bpm", std::int64_t{*draft.tempo_bpm});
  if (!draft.key.empty()) out.text("key", draft.key);
  if (draft.seconds) out.number("seconds", *draft.seconds);
  append_ids(out, "instruments", draft.instruments);
  if (draft.energy) out.number("energy", *draft.energy);
  if (draft.generate) out.yes("generate");
}

void append_ai_music(json::ObjectWriter& out, const AiMusicSaid& said) {
  if (said.empty()) return;
  json::ObjectWriter setting(out.member("ai_music"));
  if (said.mode) setting.text("mode", name_of(*said.mode));
  for (std::size_t i = 0; i < kAiParts; ++i) {
    const AiParts part = bit_of(static_cast<AiPart>(i));
    if ((said.refused & part) != 0) setting.member(kAiPartNames[i]) += "false";
    if ((said.allowed & ~said.refused & part) != 0) setting.member(kAiPartNames[i]) += "true";
  }
  setting.close();
}

void append_consent(json::ObjectWriter& out, const EventDraft& draft) {
  if (draft.type != EventType::privacy_consent_changed) return;
  const bool consents = draft.consent.personalisation || draft.consent.learning;
  if (!consents && !draft.ai_music.empty()) return;
  json::ObjectWriter consent(out.member("consent"));
  const auto purpose = [&](std::string_view name, std::optional<bool> said) {
    if (said) consent.member(name) += *said ? "true" : "false";
  };
  purpose("personalisation", draft.consent.personalisation);
  purpose("learning", draft.consent.learning);
  consent.close();
}

// Feedback that names no track is about the artist.
void append_target(json::ObjectWriter& out, const EventDraft& draft) {
  if (!is_feedback(draft.type) || !draft.track_id.empty() || draft.artist_id.empty()) return;
  json::ObjectWriter target(out.member("target"));
  target.text("type", "artist");
  target.text("id", draft.artist_id);
  target.close();
}

std::string encode_data(const EventDraft& draft, std::string_view time) {
  std::string text;
  text.reserve(kEventBytesUsual);
  json::ObjectWriter out(text);
  out.text("user_id", draft.user_id);
  if (!draft.session_id.empty()) out.text("session_id", draft.session_id);
  if (draft.seq > 0) out.number("seq", draft.seq);
  out.text("time", time);
  if (draft.sent_at != 0) out.text("sent_at", format_time(draft.sent_at));
  append_playback(out, draft);
  append_target(out, draft);
  append_consent(out, draft);
  append_wishes(out, draft);
  append_ai_music(out, draft.ai_music);
  if (!draft.job_id.empty()) out.text("job_id", draft.job_id);
  if (draft.type == EventType::feedback_rated) out.number("score", std::int64_t{draft.score});
  if (draft.private_session) out.yes("private_session");
  out.close();
  return text;
}

}  // namespace

EncodedEvent encode(const EventDraft& draft, std::string_view source) {
  const std::string time = format_time(draft.time);
  std::string type;
  type.reserve(48);
  type.append(kEventTypePrefix).append(name_of(draft.type)).append(".v1");
  EncodedEvent event{.key = draft.user_id, .value = encode_data(draft, time), .headers = {}};
  event.headers.reserve(6);
  event.headers.push_back({"ce_specversion", "1.0"});
  event.headers.push_back({"ce_id", draft.id});
  event.headers.push_back({"ce_type", std::move(type)});
  event.headers.push_back({"ce_source", std::string(source)});
  event.headers.push_back({"ce_time", time});
  event.headers.push_back({"content-type", "application/json"});
  return event;
}

}  // namespace segue
