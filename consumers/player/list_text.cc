#include "consumers/player/list_text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/json_text.h"
#include "core/sources/source.h"

namespace segue::player {
namespace {

namespace dom = simdjson::dom;

// What the catalogue adds to an item. Names are written only where `names` says that the item has
// none of its own.
void append_catalogue(json::ObjectWriter& out, const CatalogEntry& entry, bool names) {
  const auto known = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out.text(name, value);
  };
  if (names) {
    known("artist_id", entry.artist_id);
    known("title", entry.title);
    known("artist", entry.artist);
  }
  known("album", entry.album);
  known("genre", entry.genre);
  known("audio_url", entry.audio_url);
  if (entry.duration_ms > 0) out.number("duration_ms", std::int64_t{entry.duration_ms});
  if (entry.is_explicit) out.yes("explicit");
  if (entry.ai) append(out.member("ai"), *entry.ai);
}

void append_item(std::string& text, const dom::element& item, const HeldCatalog& catalogue) {
  dom::object fields;
  if (item.get(fields) != simdjson::SUCCESS) return;
  if (text.back() != '[') text += ',';
  json::ObjectWriter out(text);
  std::string_view track;
  for (const auto& [name, value] : fields) {
    std::string_view id;
    if (name == "track_id" && value.get(id) == simdjson::SUCCESS) track = id;
    out.member(name) += simdjson::minify(value);
  }
  if (const CatalogEntry* entry = catalogue.find(track_id(track))) {
    append_catalogue(out, *entry, false);
  }
  out.close();
}

std::string published_text(const std::string& published, const HeldCatalog& catalogue) {
  thread_local dom::parser parser;
  dom::object fields;
  if (parser.parse(published).get(fields) != simdjson::SUCCESS) return {};
  std::string text;
  text.reserve(published.size() + 1'024);
  json::ObjectWriter out(text);
  for (const auto& [name, value] : fields) {
    dom::array items;
    if (name == "user_id") continue;
    std::string& place = out.member(name);
    if (name != "items" || value.get(items) != simdjson::SUCCESS) {
      place += simdjson::minify(value);
      continue;
    }
    place += '[';
    for (const dom::element item : items) append_item(place, item, catalogue);
    place += ']';
  }
  out.close();
  return text;
}

void append_track(std::string& text, const Snapshot::Track& track, const HeldCatalog& catalogue) {
  json::ObjectWriter out(text);
  out.text("track_id", track.track_id);
  json::append_rounded(out.member("score"), track.score);
  if (track.source < sources().size()) {
    const std::string_view source = sources()[track.source]->name;
    out.text("source", source);
    json::ObjectWriter reason(out.member("reasons") += '[');
    reason.text("source", source);
    reason.text("text", track.reason.empty() ? usual_reason(source) : track.reason);
    reason.close();
    text += ']';
  }
  if (const CatalogEntry* entry = catalogue.find(track_id(track.track_id))) {
    append_catalogue(out, *entry, true);
  }
  out.close();
}

std::string snapshot_text(const Snapshot& snapshot, const HeldCatalog& catalogue) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("rec_id", snapshot.rec_id);
  out.number("version", snapshot.version);
  out.member("items") += '[';
  for (const Snapshot::Track& track : snapshot.tracks) {
    if (text.back() != '[') text += ',';
    append_track(text, track, catalogue);
  }
  text += ']';
  out.close();
  return text;
}

}  // namespace

std::string_view usual_reason(std::string_view source) {
  using Named = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Named, 12> kReasons = {{
      {"next", "often next after what you played"},
      {"follows", "goes with what you played"},
      {"repeats", "you come back to this"},
      {"artist", "you listen to this artist"},
      {"trending", "many listen to this now"},
      {"together", "heard together with what you played"},
      {"artists", "by an artist close to those you play"},
      {"own", "you often play it now"},
      {"nearest", "close to your taste"},
      {"catalogue", "new in the catalogue"},
      {"skips", "in spite of what you skipped"},
      {"agreement", "several reasons agree"},
  }};
  const auto* const found = std::ranges::find(kReasons, source, &Named::first);
  return found == kReasons.end() ? "chosen for you" : found->second;
}

std::string list_text(const List& list, const HeldCatalog& catalogue) {
  return list.published.empty() ? snapshot_text(list.snapshot, catalogue)
                                : published_text(list.published, catalogue);
}

}  // namespace segue::player
