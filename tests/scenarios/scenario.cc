#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/generation/wish/wish.h"
#include "tests/scenarios/expectations.h"
#include "tests/scenarios/fields.h"

namespace segue::scenarios {
namespace {

constexpr Micros kUsually = 3 * kMinute;  // from one event to the next where nothing is said
constexpr std::int64_t kTimesMax = 100'000;
// In an event's `job`: that of the listener's latest list.
constexpr std::string_view kOffered = "offered";

// "+30s", "-2h", "+1d": how much later, or earlier, than the event before.
Micros span_of(const std::string& text) {
  std::int64_t count = 0;
  const bool sign = text.starts_with('+') || text.starts_with('-');
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + (sign ? 1 : 0), end, count);
  static constexpr std::string_view kUnits = "smhd";
  static constexpr Micros kSpans[] = {kSecond, kMinute, kHour, kDay};
  const std::size_t unit =
      error == std::errc{} && rest + 1 == end ? kUnits.find(*rest) : std::string_view::npos;
  if (!sign || unit == std::string_view::npos) {
    throw ScenarioError("event: \"at\" is not like +30s, +5m, -2h or +1d");
  }
  return (text[0] == '-' ? -1 : 1) * count * kSpans[unit];
}

// The lines of a repetition with the number of the round in place of "{i}".
boost::json::value numbered(const boost::json::value& value, std::int64_t round) {
  if (const auto* object = value.if_object()) {
    boost::json::object copy;
    for (const auto& member : *object) copy[member.key()] = numbered(member.value(), round);
    return copy;
  }
  if (const auto* array = value.if_array()) {
    boost::json::array copy;
    for (const auto& element : *array) copy.push_back(numbered(element, round));
    return copy;
  }
  if (!value.is_string()) return value;
  std::string text(value.as_string());
  if (text == "{i}") return round;
  for (auto at = text.find("{i}"); at != std::string::npos; at = text.find("{i}")) {
    text.replace(at, 3, std::to_string(round));
  }
  return boost::json::value(text);
}

// The parts of a request that only a composer reads, and what concerns composed music.
void say_wish(Fields& fields, EventDraft& draft) {
  if (const auto tempo = fields.whole("tempo_bpm")) draft.tempo_bpm = static_cast<int>(*tempo);
  draft.key = fields.text("key").value_or("");
  if (const auto seconds = fields.number("seconds")) draft.seconds = static_cast<float>(*seconds);
  draft.instruments = fields.texts("instruments").value_or(std::vector<std::string>{});
  if (const auto energy = fields.number("energy")) draft.energy = static_cast<float>(*energy);
  draft.generate = fields.flag("generate").value_or(false);
  draft.job_id = fields.text("job").value_or("");
  if (const auto mode = fields.text("ai_music")) {
    draft.ai_music.mode = ai_mode_of(*mode);
    if (!draft.ai_music.mode) throw ScenarioError("event: \"ai_music\" is not off, ask or on");
  }
  for (const std::string& part : fields.texts("ai_refused").value_or(std::vector<std::string>{})) {
    const auto refused = ai_part_of(part);
    if (!refused) throw ScenarioError("event: \"ai_refused\" holds no part " + part);
    draft.ai_music.refused |= bit_of(*refused);
  }
}

EventDraft draft_of(Fields& fields) {
  EventDraft draft;
  const std::string type = fields.required_text("type");
  draft.type = event_type_of(type);
  if (draft.type == EventType::other) throw ScenarioError("event: there is no type " + type);
  draft.user_id = fields.required_text("listener");
  draft.session_id = fields.text("session").value_or("");
  draft.seq = static_cast<std::uint64_t>(fields.whole("seq").value_or(0));
  draft.play_id = fields.text("play").value_or("");
  draft.track_id = fields.text("track").value_or("");
  draft.artist_id = fields.text("artist").value_or("");
  draft.title = fields.text("title").value_or("");
  draft.artist_title = fields.text("artist_name").value_or("");
  draft.played_fraction = static_cast<float>(fields.number("played").value_or(-1));
  draft.reason_start = fields.text("reason_start").value_or("");
  draft.rec_id = fields.text("rec_id").value_or("");
  draft.private_session = fields.flag("private").value_or(false);
  draft.score = static_cast<std::int8_t>(fields.whole("score").value_or(0));
  draft.explicit_allowed = fields.flag("explicit_allowed");
  draft.exclude_track_ids = fields.texts("exclude_tracks").value_or(std::vector<std::string>{});
  draft.exclude_artist_ids = fields.texts("exclude_artists").value_or(std::vector<std::string>{});
  draft.queued_track_ids = fields.texts("queued").value_or(std::vector<std::string>{});
  draft.seed_track_id = fields.text("seed_track").value_or("");
  if (const auto* seeds = fields.array("seeds")) draft.seeds = boost::json::serialize(*seeds);
  if (const auto* filter = fields.object("filter")) draft.filter = boost::json::serialize(*filter);
  draft.genre = fields.text("genre").value_or("");
  draft.mood = fields.text("mood").value_or("");
  say_wish(fields, draft);
  draft.consent = {.personalisation = fields.flag("personalisation"),
                   .learning = fields.flag("learning")};
  if (const auto adventurous = fields.number("adventurous")) {
    draft.adventurous = static_cast<float>(*adventurous);
  }
  return draft;
}

std::string wish_in(const boost::json::object& object) {
  Fields fields(object, "composed_for");
  Wished wished;
  wished.genre = fields.text("genre").value_or("");
  wished.mood = fields.text("mood").value_or("");
  if (const auto tempo = fields.whole("tempo_bpm")) wished.tempo_bpm = static_cast<int>(*tempo);
  fields.done();
  const auto wish = wish_of(wished);
  if (!wish) throw ScenarioError("composed_for: " + wish.error().detail);
  return *wish;
}

CatalogEntry entry_of(const boost::json::object& object) {
  Fields fields(object, "catalog");
  CatalogEntry entry;
  entry.track_id = fields.required_text("track");
  entry.title = fields.text("title").value_or("");
  entry.artist_id = fields.text("artist").value_or("");
  entry.artist = fields.text("artist_name").value_or("");
  entry.genre = fields.text("genre").value_or("");
  entry.mood = fields.text("mood").value_or("");
  entry.duration_ms = 1'000 * static_cast<std::int32_t>(fields.whole("seconds").value_or(0));
  entry.year = static_cast<std::int32_t>(fields.whole("year").value_or(0));
  entry.is_explicit = fields.flag("explicit").value_or(false);
  for (const std::string& part : fields.texts("ai").value_or(std::vector<std::string>{})) {
    if (!ai_part_of(part)) throw ScenarioError("catalog: \"ai\" holds no part " + part);
    if (!entry.ai) entry.ai.emplace();
    each_part(*entry.ai, [&](std::string_view name, Degree& degree) {
      if (name == part) degree = Degree::generated;
    });
  }
  if (const auto* wished = fields.object("composed_for")) entry.wish = wish_in(*wished);
  fields.done();
  return entry;
}

}  // namespace

std::vector<Failure> Scenario::play(std::string_view lines) {
  try {
    while (!lines.empty()) {
      ++line_;
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      const std::string_view line = lines.substr(0, end);
      lines.remove_prefix(std::min(end + 1, lines.size()));
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      boost::json::error_code error;
      const boost::json::value value = boost::json::parse(line, error);
      if (error || !value.is_object()) throw ScenarioError("the line is not a JSON object");
      play_line(value.as_object());
    }
    if (expectations_ == 0) throw ScenarioError("the scenario expects nothing");
  } catch (const ScenarioError& error) {
    failures_.push_back({line_, error.what()});
  }
  return std::move(failures_);
}

void Scenario::play_line(const boost::json::object& line) {
  Fields fields(line, "line");
  if (line.size() != 1) throw ScenarioError("a line says one thing");
  fields.text("about");
  if (const auto* tuning = fields.object("tuning")) tune(*tuning);
  if (const auto* entry = fields.object("catalog")) stage_.enrich(entry_of(*entry));
  if (const auto track = fields.text("take_down")) stage_.take_down(*track);
  if (const auto* event = fields.object("event")) send(*event);
  if (const auto label = fields.text("again")) send_again(*label);
  if (const auto* rounds = fields.object("repeat")) repeat(*rounds);
  if (const auto* expect = fields.object("expect")) held(check_listener(*expect, stage_));
  if (const auto* expect = fields.object("expect_item")) held(check_item(*expect, stage_));
  fields.done();
}

void Scenario::tune(const boost::json::object& object) {
  if (events_ > 0) throw ScenarioError("tuning: comes before the first event");
  Fields fields(object, "tuning");
  Tuning tuning;
  tuning.k = fields.whole("k").value_or(tuning.k);
  tuning.candidates_max = fields.whole("candidates_max").value_or(tuning.candidates_max);
  tuning.diversity = fields.number("diversity").value_or(tuning.diversity);
  tuning.artist_run_max = fields.whole("artist_run_max").value_or(tuning.artist_run_max);
  tuning.cool_down_tracks = fields.whole("cool_down_tracks").value_or(tuning.cool_down_tracks);
  tuning.exploration = fields.number("exploration").value_or(tuning.exploration);
  tuning.composed_at_once = fields.number("composed_at_once").value_or(tuning.composed_at_once);
  fields.done();
  stage_ = Stage(tuning);
}

void Scenario::send(const boost::json::object& object) {
  Fields fields(object, "event");
  const std::optional<std::string> later = fields.text("at");
  const std::optional<std::string> label = fields.text("as");
  const std::optional<std::string> clock = fields.text("clock");
  EventDraft draft = draft_of(fields);
  fields.done();
  if (draft.job_id == kOffered) draft.job_id = offered_to(draft.user_id);
  const Micros first = test::kNoon;
  at_ = events_ == 0 ? first + (later ? span_of(*later) : 0)
                     : at_ + (later ? span_of(*later) : kUsually);
  draft.time = at_ + (clock ? span_of(*clock) : 0);
  if (clock) draft.sent_at = draft.time;
  draft.id = "event-" + std::to_string(events_);
  const EncodedEvent encoded = encode(draft, "/segue/scenario");
  if (label) labelled_[*label] = encoded;
  receive(encoded, at_);
}

std::string Scenario::offered_to(const std::string& listener) const {
  const Heard* const heard = stage_.heard(listener);
  if (heard == nullptr || !heard->list || !heard->list->offer) {
    throw ScenarioError("event: nothing was offered to " + listener);
  }
  return heard->list->offer->job_id;
}

void Scenario::send_again(const std::string& label) {
  const auto found = labelled_.find(label);
  if (found == labelled_.end()) throw ScenarioError("again: no event was called " + label);
  receive(found->second, received_);
}

void Scenario::receive(EncodedEvent event, Micros at) {
  received_ = std::max(received_, at);
  const std::string listener = event.key;
  stage_.receive({.partition = 0,
                  .offset = events_++,
                  .timestamp = received_,
                  .key = std::move(event.key),
                  .value = std::move(event.value),
                  .headers = std::move(event.headers)});
  const Heard& heard = *stage_.heard(listener);
  if (!heard.refreshed) return;
  for (std::string& text : check_list(*heard.list, stage_.world().tuning())) {
    failures_.push_back({line_, std::move(text)});
  }
}

void Scenario::repeat(const boost::json::object& object) {
  Fields fields(object, "repeat");
  const std::int64_t times = fields.whole("times").value_or(0);
  const boost::json::array* lines = fields.array("lines");
  fields.done();
  if (times < 1 || times > kTimesMax || lines == nullptr) {
    throw ScenarioError("repeat: needs \"times\", 1 to 100,000, and \"lines\"");
  }
  for (std::int64_t round = 1; round <= times; ++round) {
    for (const boost::json::value& line : *lines) {
      const boost::json::value copy = numbered(line, round);
      if (!copy.is_object()) throw ScenarioError("repeat: a line is not a JSON object");
      play_line(copy.as_object());
    }
  }
}

void Scenario::held(std::vector<std::string> failures) {
  ++expectations_;
  if (failures.empty()) return;
  std::string all;
  for (const std::string& text : failures) all += (all.empty() ? "" : "\n  ") + text;
  failures_.push_back({line_, std::move(all)});
}

}  // namespace segue::scenarios
