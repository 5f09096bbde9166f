#include "core/item/catalog.h"

#include <simdjson.h>

#include <limits>
#include <optional>
#include <utility>

#include "core/generation/job.h"
#include "core/ids.h"
#include "core/wire/byte_order_mark.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"
#include "core/words/printed.h"

namespace segue {
namespace {

namespace dom = simdjson::dom;

// Enough for the record, its lists and objects that later versions may add.

std::optional<Error> read_text(const dom::object& object, std::string_view name,
                               std::size_t bytes_max, std::string& out) {
  dom::element field;
  if (object.at_key(name).get(field) != simdjson::SUCCESS || field.is_null()) return std::nullopt;
  std::string_view text;
  if (field.get(text) != simdjson::SUCCESS)
    return error(Reason::bad_field, std::string(name) + ": expected text");
  if (text.size() > bytes_max)
    return error(Reason::bad_field,
                 std::string(name) + ": expected at most " + std::to_string(bytes_max) + " bytes");
  out = text;
  return std::nullopt;
}

// A text for readers: as long and as clean as what listeners' clients say.
std::optional<Error> read_shown(const dom::object& object, std::string_view name,
                                std::string& out) {
  auto wrong = read_text(object, name, kCatalogBytesMax, out);
  out = display_text(out);
  return wrong;
}

// An id by which somebody finds the item again.
std::optional<Error> read_id(const dom::object& object, std::string_view name, std::string& out) {
  if (auto e = read_text(object, name, kIdBytesMax, out)) return e;
  if (out.empty() || is_visible(out)) return std::nullopt;
  return error(Reason::bad_field, std::string(name) + ": expected something that can be seen");
}

std::optional<Error> read_tags(const dom::object& object, std::vector<std::string>& tags) {
  dom::element field;
  if (object.at_key("tags").get(field) != simdjson::SUCCESS || field.is_null()) return std::nullopt;
  const auto wrong = [] {
    return error(Reason::bad_field,
                 "tags: expected a list of at most " + std::to_string(kTagsMax) + " texts");
  };
  dom::array list;
  if (field.get(list) != simdjson::SUCCESS || list.size() > kTagsMax) return wrong();
  for (const dom::element element : list) {
    std::string_view tag;
    if (element.get(tag) != simdjson::SUCCESS) return wrong();
    std::string shown = display_text(tag);
    if (!shown.empty()) tags.push_back(std::move(shown));
  }
  return std::nullopt;
}

std::optional<Error> read_whole(const dom::object& object, std::string_view name, std::int64_t min,
                                std::int64_t max, std::string_view expected, std::int32_t& out) {
  dom::element field;
  if (object.at_key(name).get(field) != simdjson::SUCCESS || field.is_null()) return std::nullopt;
  std::int64_t value = 0;
  if (field.get(value) != simdjson::SUCCESS || value < min || value > max)
    return error(Reason::bad_field, std::string(name) + ": expected " + std::string(expected));
  out = static_cast<std::int32_t>(value);
  return std::nullopt;
}

std::optional<Error> read_duration(const dom::object& object, std::int32_t& duration_ms) {
  return read_whole(object, "duration_ms", 0, std::numeric_limits<std::int32_t>::max(),
                    "whole milliseconds, 0 or more", duration_ms);
}

std::optional<Error> read_flag(const dom::object& object, std::string_view name, bool& flag) {
  dom::element field;
  if (object.at_key(name).get(field) != simdjson::SUCCESS || field.is_null()) return std::nullopt;
  if (field.get(flag) != simdjson::SUCCESS)
    return error(Reason::bad_field, std::string(name) + ": expected true or false");
  return std::nullopt;
}

// A degree; true and false as catalogues said before there were degrees.
std::optional<Degree> degree_in(const dom::element& field) {
  std::string_view word;
  if (field.get(word) == simdjson::SUCCESS) return degree_of(word);
  bool made = false;
  if (field.get(made) != simdjson::SUCCESS) return std::nullopt;
  return made ? Degree::generated : Degree::none;
}

std::optional<Error> read_ai(const dom::object& object, std::optional<Disclosure>& ai) {
  dom::element field;
  if (object.at_key("ai").get(field) != simdjson::SUCCESS || field.is_null()) return std::nullopt;
  dom::object declared;
  if (field.get(declared) != simdjson::SUCCESS)
    return error(Reason::bad_field, "ai: expected an object");
  std::optional<Error> wrong;
  each_part(ai.emplace(), [&](std::string_view name, Degree& degree) {
    dom::element said;
    if (declared.at_key(name).get(said) != simdjson::SUCCESS || said.is_null()) return;
    const auto found = degree_in(said);
    if (found) degree = *found;
    if (!found && !wrong)
      wrong = error(Reason::bad_field,
                    "ai." + std::string(name) + ": expected none, assisted or generated");
  });
  return wrong;
}

Result<CatalogEntry> read_entry(const dom::object& object) {
  CatalogEntry entry;
  const auto text = [&](std::string_view name, std::string& out) {
    return read_shown(object, name, out);
  };
  if (auto e = read_id(object, "track_id", entry.track_id)) return *e;
  if (entry.track_id.empty()) return error(Reason::missing_field, "track_id");
  if (auto e = read_id(object, "artist_id", entry.artist_id)) return *e;
  if (auto e = text("title", entry.title)) return *e;
  if (auto e = text("artist", entry.artist)) return *e;
  if (auto e = text("album", entry.album)) return *e;
  if (auto e = text("mood", entry.mood)) return *e;
  if (auto e = text("genre", entry.genre)) return *e;
  if (auto e = read_tags(object, entry.tags)) return *e;
  if (auto e = read_duration(object, entry.duration_ms)) return *e;
  if (auto e = read_whole(object, "year", kTrackYearMin, kTrackYearMax, "a year, 1000 to 9999",
                          entry.year))
    return *e;
  if (auto e = read_flag(object, "explicit", entry.is_explicit)) return *e;
  // An address is bounded by the record alone.
  if (auto e = read_text(object, "audio_url", kCatalogBytesMax, entry.audio_url)) return *e;
  if (auto e = read_ai(object, entry.ai)) return *e;
  if (auto e = read_text(object, "wish", kWishBytesMax, entry.wish)) return *e;
  return entry;
}

}  // namespace

std::string encode(const CatalogEntry& entry) {
  std::string json;
  json::ObjectWriter out(json);
  const auto known = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out.text(name, value);
  };
  out.text("track_id", entry.track_id);
  known("title", entry.title);
  known("artist_id", entry.artist_id);
  known("artist", entry.artist);
  known("album", entry.album);
  if (!entry.tags.empty()) {
    std::string& list = out.member("tags");
    char before = '[';
    for (const std::string& tag : entry.tags) {
      list += before;
      json::append_string(list, tag);
      before = ',';
    }
    list += ']';
  }
  known("mood", entry.mood);
  known("genre", entry.genre);
  if (entry.duration_ms > 0) out.number("duration_ms", std::int64_t{entry.duration_ms});
  if (entry.year > 0) out.number("year", std::int64_t{entry.year});
  if (entry.is_explicit) out.yes("explicit");
  known("audio_url", entry.audio_url);
  if (entry.ai) append(out.member("ai"), *entry.ai);
  known("wish", entry.wish);
  out.close();
  return json;
}

Result<CatalogEntry> decode_catalog(std::string_view json) {
  json = without_byte_order_mark(json);
  const auto document = json::Document::parse(json, kCatalogBytesMax);
  if (!document) return document.error();
  const dom::object object = document->root();
  return read_entry(object);
}

}  // namespace segue
