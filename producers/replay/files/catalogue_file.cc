#include "producers/replay/files/catalogue_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "core/ids.h"
#include "producers/replay/files/listen_row.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 12> kColumns = {
    "track_id", "title", "artist_id", "artist",      "album", "tags",
    "mood",     "genre", "explicit",  "duration_ms", "year",  "audio_url"};

bool is_known(std::string_view column) {
  return std::ranges::find(kColumns, column) != kColumns.end();
}

std::vector<std::string> columns_of(const std::string& path, std::string_view header) {
  const auto columns = split_csv(header);
  const bool good = columns && std::ranges::find(*columns, "track_id") != columns->end() &&
                    std::ranges::all_of(*columns, is_known);
  if (good) return *columns;
  std::string known;
  for (const std::string_view column : kColumns)
    known += (known.empty() ? "" : ",") + std::string(column);
  const bool list = header.starts_with('[');
  throw std::runtime_error(
      path +
      ", line 1: expected a JSON object a line, or a CSV header with track_id and others of " +
      known + (list ? "; a JSON list becomes lines with: jq -c '.[]' FILE" : ""));
}

std::vector<std::string> tags_of(std::string_view text) {
  std::vector<std::string> tags;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    if (end > 0) tags.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tags;
}

bool set_whole(std::int32_t& number, std::string_view value) {
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
  return wrong == std::errc() && end == value.data() + value.size() && number >= 0;
}

// False: the field does not hold what belongs there.
bool set(CatalogEntry& entry, std::string_view column, std::string value) {
  if (value.empty()) return true;
  if (column == "tags") {
    entry.tags = tags_of(value);
    return entry.tags.size() <= kTagsMax;
  }
  if (column == "duration_ms") return set_whole(entry.duration_ms, value);
  if (column == "year") {
    return set_whole(entry.year, value) && entry.year >= kTrackYearMin &&
           entry.year <= kTrackYearMax;
  }
  if (column == "explicit") {
    entry.is_explicit = value == "true" || value == "1";
    return entry.is_explicit || value == "false" || value == "0";
  }
  std::string* const text = column == "track_id"    ? &entry.track_id
                            : column == "title"     ? &entry.title
                            : column == "artist_id" ? &entry.artist_id
                            : column == "artist"    ? &entry.artist
                            : column == "album"     ? &entry.album
                            : column == "mood"      ? &entry.mood
                            : column == "genre"     ? &entry.genre
                                                    : &entry.audio_url;
  *text = std::move(value);
  return true;
}

}  // namespace

CatalogueFile::CatalogueFile(const std::string& path) : rows_(path) {
  const std::string_view first = rows_.header();
  if (!first.starts_with('{')) {
    columns_ = columns_of(path, first);
    return;
  }
  first_ = first;
  rows_.count_header();
}

std::optional<CatalogEntry> CatalogueFile::next() {
  while (true) {
    const std::string first = std::exchange(first_, {});
    const auto row = first.empty() ? rows_.next() : std::optional<std::string_view>(first);
    if (!row) return std::nullopt;
    auto entry = read(*row);
    if (entry) return *std::move(entry);
    rows_.leave_out(std::string(name_of(entry.error().reason)) + ": " + entry.error().detail);
  }
}

Result<CatalogEntry> CatalogueFile::read(std::string_view row) const {
  if (columns_.empty()) return decode_catalog(row);
  auto fields = split_csv(row);
  if (!fields) return fields.error();
  if (fields->size() != columns_.size())
    return error(Reason::malformed, "expected " + std::to_string(columns_.size()) +
                                        " fields, found " + std::to_string(fields->size()));
  CatalogEntry entry;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!set(entry, columns_[i], std::move((*fields)[i])))
      return error(Reason::bad_field, columns_[i] + " does not hold what belongs there");
  }
  // Rows of CSV must hold what JSON lines must.
  return decode_catalog(encode(entry));
}

}  // namespace segue
