#include <algorithm>
#include <span>

#include "core/list/recommendation.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

// A list has about a hundred of these: their names are written as they stand.
void append_reasons(std::string& out, std::span<const TrackReason> reasons) {
  out += '[';
  for (const TrackReason& reason : reasons) {
    out += out.back() == '[' ? R"({"source":")" : R"(,{"source":")";
    out += reason.source;
    out += R"(","text":)";
    json::append_string(out, reason.text);
    out += R"(,"part":)";
    json::append_rounded(out, reason.part);
    out += '}';
  }
  out += ']';
}

void append_track(std::string& out, const RecommendedTrack& track) {
  json::ObjectWriter json(out);
  json.text("track_id", track.track_id);
  if (!track.artist_id.empty()) json.text("artist_id", track.artist_id);
  if (!track.title.empty()) json.text("title", track.title);
  if (!track.artist.empty()) json.text("artist", track.artist);
  if (track.ai) append(json.member("ai"), *track.ai);
  json::append_rounded(json.member("score"), track.score);
  json::append_rounded(json.member("propensity"), track.propensity);
  json.text("source", track.source);
  append_reasons(json.member("reasons"), track.reasons);
  json.close();
}

void append_offer(std::string& out, const Offer& offer) {
  json::ObjectWriter json(out);
  if (!offer.job_id.empty()) json.text("job_id", offer.job_id);
  json.text("text", offer.text);
  json.close();
}

void append_previous(std::string& out, const Score& score) {
  json::ObjectWriter json(out);
  json.number("rank", std::int64_t{score.rank});
  json.member("candidate") += score.candidate ? "true" : "false";
  json.member("new") += score.new_to_listener ? "true" : "false";
  json.close();
}

}  // namespace

bool has_listeners_names(const Recommendation& recommendation) {
  if (recommendation.texts && recommendation.texts->names_any()) return true;
  return !std::ranges::all_of(recommendation.items, &RecommendedTrack::in_catalogue);
}

std::string encode(const Recommendation& recommendation) {
  std::string out;
  out.reserve(512 + recommendation.items.size() * 384);
  json::ObjectWriter json(out);
  json.text("rec_id", recommendation.id);
  json.number("version", recommendation.version);
  json.text("user_id", recommendation.user_id);
  json::ObjectWriter cause(json.member("cause"));
  cause.text("id", recommendation.cause_id);
  cause.text("type", name_of(recommendation.cause_type));
  cause.close();
  json.text("event_time", format_time(recommendation.event_time));
  json.text("event_received", format_time(recommendation.event_received));
  if (!recommendation.variant.empty()) json.text("variant", recommendation.variant);
  json.member("items") += '[';
  for (const RecommendedTrack& track : recommendation.items) {
    if (out.back() != '[') out += ',';
    append_track(out, track);
  }
  out += ']';
  json::ObjectWriter mix(json.member("mix"));
  for (const auto& [source, share] : recommendation.mix) {
    json::append_rounded(mix.member(source), share);
  }
  mix.close();
  if (recommendation.offer) append_offer(json.member("offer"), *recommendation.offer);
  if (recommendation.scored) append_previous(json.member("previous"), *recommendation.scored);
  json.close();
  return out;
}

}  // namespace segue
