#include "consumers/player/job_text.h"

#include "core/wire/json_text.h"

namespace segue::player {
namespace {

void append_stages(std::string& text, const GenerationResult& result) {
  text += '[';
  for (const StageTime& each : result.stages) {
    if (text.back() != '[') text += ',';
    json::ObjectWriter one(text);
    one.text("stage", name_of(each.stage));
    one.text("at", format_time(each.at));
    one.close();
  }
  text += ']';
}

void append_track(std::string& text, const GenerationResult& result, const HeldCatalog& catalogue) {
  json::ObjectWriter track(text);
  track.text("track_id", result.track_id);
  if (!result.title.empty()) track.text("title", result.title);
  if (result.duration_ms > 0) track.number("duration_ms", std::int64_t{result.duration_ms});
  const std::string sound = catalogue.sound_at(result.audio_url);
  if (!sound.empty()) track.text("audio_url", sound);
  const CatalogEntry* entry = catalogue.find_track(result.track_id);
  // The catalogue's topic may be behind; a label is never left out.
  append(track.member("ai"), entry != nullptr && entry->ai ? *entry->ai : kComposedLabel);
  track.close();
}

std::string_view sentence(Rule rule) {
  switch (rule) {
    case Rule::request:
      return "You asked for it.";
    case Rule::no_match:
      return "Nothing in the catalogue is what you asked for.";
    case Rule::skips:
      return "You skipped what the catalogue has.";
    case Rule::exhausted:
      return "You have just heard the best of what the catalogue has.";
    case Rule::forced:
      return "It was composed by chance, to learn whether composed music suits you.";
    case Rule::setting:
    case Rule::budget:
    case Rule::unknown:
    case Rule::fits:
    case Rule::otherwise:
      break;
  }
  return "It fits you better than what the catalogue has.";
}

}  // namespace

std::string progress_text(const GenerationResult& result, const HeldCatalog& catalogue) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("job_id", result.job_id);
  out.text("stage", name_of(result.stage()));
  append_stages(out.member("stages"), result);
  if (!result.track_id.empty()) append_track(out.member("track"), result, catalogue);
  if (!result.reason.empty()) {
    json::ObjectWriter reason(out.member("reason"));
    reason.text("code", result.reason);
    if (!result.detail.empty()) reason.text("text", result.detail);
    reason.close();
  }
  out.close();
  return text;
}

std::string why_composed_text(std::string_view track_id, const GenerationJob& job) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("track_id", track_id);
  out.text("job_id", job.id);
  out.text("created", format_time(job.created));
  out.text("text", sentence(job.trigger.decision.rule));
  append(out.member("decision"), job.trigger);
  out.member("specification") += encode(job.specification);
  if (!job.parent_track_id.empty()) out.text("parent_track_id", job.parent_track_id);
  out.close();
  return text;
}

std::string why_listed_text(const PublishedDecision& decision) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("track_id", decision.track_id);
  out.text("job_id", composed_by(decision.track_id));
  out.text("created", format_time(decision.time));
  out.text("text", std::string(sentence(decision.trigger.decision.rule)) +
                       " It was composed earlier, for the same wish.");
  append(out.member("decision"), decision.trigger);
  out.member("specification") +=
      decision.specification ? encode(*decision.specification) : std::string("{}");
  out.close();
  return text;
}

}  // namespace segue::player
