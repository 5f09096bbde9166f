#include "loadtest/players/event_text.h"

#include <utility>

#include "core/io/clock.h"
#include "core/time.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

constexpr std::uint64_t kTracks = 200;  // as many as loadtest/gateway.py puts into the catalogue

constexpr std::int32_t kDurationMs = 200'000;

std::string track_of(std::uint64_t number) { return "t-" + std::to_string(number * 7 % kTracks); }

}  // namespace

std::string heard_text(std::string_view id, std::uint64_t number) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("type", "playback.completed");
  out.text("id", id);
  out.text("time", format_time(wall_clock()));
  out.text("track_id", track_of(number));
  out.text("play_id", id);
  out.number("duration_ms", std::int64_t{kDurationMs});
  out.number("played_ms", std::int64_t{kDurationMs});
  out.close();
  return text;
}

EncodedEvent heard_record(std::string_view id, std::uint64_t number, std::string listener) {
  EventDraft draft;
  draft.type = EventType::playback_completed;
  draft.id = id;
  draft.user_id = std::move(listener);
  draft.time = wall_clock();
  draft.track_id = track_of(number);
  draft.artist_id = "a-1";  // as the catalogue has it
  draft.play_id = id;
  draft.duration_ms = kDurationMs;
  draft.played_ms = kDurationMs;
  return encode(draft, "/segue/players");
}

// The gateway writes these members so; a parser here would only cost what is being measured.
std::string_view cause_in(std::string_view message) {
  constexpr std::string_view kCause = R"("cause":{"id":")";
  const std::size_t found = message.find(kCause);
  if (found == std::string_view::npos) return {};
  message.remove_prefix(found + kCause.size());
  return message.substr(0, message.find('"'));
}

}  // namespace segue
