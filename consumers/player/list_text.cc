#include "consumers/player/list_text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/generation/job.h"
#include "core/ranking/sources/source.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue::player {
namespace {

namespace dom = simdjson::dom;

void append_known(json::ObjectWriter& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out.text(name, value);
}

// Adds what the catalogue says of an item.
void append_catalogue(json::ObjectWriter& out, const CatalogEntry& entry,
                      const HeldCatalog& catalogue) {
  const auto known = [&](std::string_view name, const std::string& value) {
    append_known(out, name, value);
  };
  known("artist_id", entry.artist_id);
  known("title", entry.title);
  known("artist", entry.artist);
  known("album", entry.album);
  known("genre", entry.genre);
  known("audio_url", catalogue.sound_at(entry.audio_url));
  if (entry.duration_ms > 0) out.number("duration_ms", std::int64_t{entry.duration_ms});
  if (entry.is_explicit) out.yes("explicit");
  if (entry.ai) append(out.member("ai"), *entry.ai);
}

// Whether the catalogue says this of the item itself.
bool says(const CatalogEntry* entry, std::string_view field) {
  if (entry == nullptr) return false;
  return (field == "artist_id" && !entry->artist_id.empty()) ||
         (field == "title" && !entry->title.empty()) ||
         (field == "artist" && !entry->artist.empty()) || (field == "ai" && entry->ai);
}

// Recommenders of an older build wrote unreadable ids into reasons, and nothing where
// there was no name.
bool is_for_readers(std::string_view reason) {
  return !reason.empty() && !reason.ends_with(' ') && reason.find(" name:") == std::string::npos &&
         reason.find(" mbid:") == std::string::npos;
}

void append_reasons(std::string& text, const dom::array& reasons) {
  text += '[';
  for (const dom::element each : reasons) {
    dom::object fields;
    if (each.get(fields) != simdjson::SUCCESS) continue;
    if (text.back() != '[') text += ',';
    json::ObjectWriter out(text);
    std::string_view source;
    if (fields.at_key("source").get(source) != simdjson::SUCCESS) source = {};
    for (const auto& [name, value] : fields) {
      std::string_view words;
      const bool is_text = name == "text" && value.get(words) == simdjson::SUCCESS;
      if (is_text && !is_for_readers(words)) {
        out.text(name, usual_reason(source));
      } else {
        out.member(name) += simdjson::minify(value);
      }
    }
    out.close();
  }
  text += ']';
}

void append_item(std::string& text, const dom::element& item, const HeldCatalog& catalogue) {
  dom::object fields;
  if (item.get(fields) != simdjson::SUCCESS) return;
  if (text.back() != '[') text += ',';
  json::ObjectWriter out(text);
  std::string_view track;
  if (fields.at_key("track_id").get(track) != simdjson::SUCCESS) track = {};
  const CatalogEntry* entry = catalogue.find_track(track);
  for (const auto& [name, value] : fields) {
    dom::array reasons;
    if (says(entry, name)) continue;
    if (name == "reasons" && value.get(reasons) == simdjson::SUCCESS) {
      append_reasons(out.member(name), reasons);
    } else {
      out.member(name) += simdjson::minify(value);
    }
  }
  if (entry != nullptr) append_catalogue(out, *entry, catalogue);
  out.close();
}

std::string published_text(const List& list, const HeldCatalog& catalogue) {
  thread_local dom::parser parser;
  dom::object fields;
  if (parser.parse(list.published).get(fields) != simdjson::SUCCESS) return {};
  std::string text;
  text.reserve(list.published.size() + 1'024);
  json::ObjectWriter out(text);
  for (const auto& [name, value] : fields) {
    dom::array items;
    if (name == "user_id") continue;
    if (name == "version") {
      out.number(name, list.version);
      continue;
    }
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

bool append_published_place(json::ObjectWriter& out, const List& list, std::string_view track_id) {
  dom::parser parser;
  dom::array items;
  if (parser.parse(list.published)["items"].get(items) != simdjson::SUCCESS) return false;
  std::int64_t place = 0;
  for (const dom::element item : items) {
    dom::object fields;
    if (item.get(fields) != simdjson::SUCCESS) continue;
    ++place;
    if (json::text_at(fields, "track_id") != track_id) continue;
    out.number("place", place);
    dom::array reasons;
    if (fields.at_key("reasons").get(reasons) == simdjson::SUCCESS) {
      append_reasons(out.member("reasons"), reasons);
    }
    return true;
  }
  return false;
}

// The list of the one reason that is stored. Requires: its source is known.
void append_reason(std::string& text, const Snapshot::Track& track) {
  const std::string_view source = sources()[track.source]->name;
  json::ObjectWriter reason(text += '[');
  reason.text("source", source);
  reason.text("text", track.reason.empty() ? usual_reason(source) : track.reason);
  reason.close();
  text += ']';
}

void append_track(std::string& text, const Snapshot::Track& track, const HeldCatalog& catalogue) {
  json::ObjectWriter out(text);
  out.text("track_id", track.track_id);
  json::append_rounded(out.member("score"), track.score);
  if (track.source < sources().size()) {
    out.text("source", sources()[track.source]->name);
    append_reason(out.member("reasons"), track);
  }
  const CatalogEntry* entry = catalogue.find_track(track.track_id);
  if (!says(entry, "title")) append_known(out, "title", track.title);
  if (!says(entry, "artist")) append_known(out, "artist", track.artist);
  if (entry != nullptr) append_catalogue(out, *entry, catalogue);
  if (entry == nullptr && is_composed_id(track.track_id)) append(out.member("ai"), kComposedLabel);
  out.close();
}

std::string snapshot_text(const List& list, const HeldCatalog& catalogue) {
  const Snapshot& snapshot = list.snapshot;
  std::string text;
  json::ObjectWriter out(text);
  out.text("rec_id", snapshot.rec_id);
  out.number("version", list.version);
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
  static constexpr std::array<Named, 13> kReasons = {{
      {"next", "Played after what you just heard"},
      {"follows", "Goes with what you are hearing"},
      {"repeats", "You come back to this"},
      {"artist", "Because you like this artist"},
      {"trending", "Heard lately"},
      {"together", "Heard with what you play"},
      {"sessions", "Heard in sessions like this one"},
      {"artists", "Heard with an artist you play"},
      {"own_order", "You played them in this order before"},
      {"nearest", "Close to your taste"},
      {"catalogue", "More of what you are hearing"},
      {"skips", "In spite of what you skipped"},
      {"agreement", "Several reasons agree"},
  }};
  const auto* const found = std::ranges::find(kReasons, source, &Named::first);
  return found == kReasons.end() ? "Chosen for you" : found->second;
}

bool append_place(json::ObjectWriter& out, const List& list, std::string_view track_id) {
  if (!list.published.empty()) return append_published_place(out, list, track_id);
  const auto& tracks = list.snapshot.tracks;
  const auto found = std::ranges::find(tracks, track_id, &Snapshot::Track::track_id);
  if (found == tracks.end()) return false;
  out.number("place", std::int64_t{found - tracks.begin() + 1});
  if (found->source < sources().size()) append_reason(out.member("reasons"), *found);
  return true;
}

std::string list_text(const List& list, const HeldCatalog& catalogue) {
  return list.published.empty() ? snapshot_text(list, catalogue) : published_text(list, catalogue);
}

}  // namespace segue::player
