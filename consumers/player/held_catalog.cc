#include "consumers/player/held_catalog.h"

#include <utility>

#include "core/words/fold.h"
#include "core/words/printed.h"

namespace segue::player {
namespace {

// Long names as the catalogue's readers cut them.
std::string printed(std::string_view artist, std::string_view title) {
  return folded(display_text(artist)) + '\n' + folded(display_text(title));
}

std::uint64_t hash_of(std::string_view artist, std::string_view title) {
  return track_id(printed(artist, title)).value;
}

bool is_named(const CatalogEntry& entry) { return !entry.artist.empty() && !entry.title.empty(); }

}  // namespace

void HeldCatalog::take(const Record& record) {
  if (!record.key) return;
  const TrackId track = track_id(*record.key);
  if (!record.value) return forget(*record.key);
  auto entry = decode_catalog(*record.value);
  if (!entry || entry->track_id != *record.key) return;
  if (is_twin_of_track(entry->track_id) || is_twin_of_artist(entry->artist_id)) return;
  forget(*record.key);
  if (tracks_.size() >= tracks_max_) return;
  // No address that a player must not be sent to takes memory.
  if (sound_at(entry->audio_url).empty()) entry->audio_url.clear();
  if (!entry->artist_id.empty()) {
    Artist& artist = artists_[artist_id(entry->artist_id).value];
    artist.id = entry->artist_id;
    if (!entry->artist.empty()) artist.name = entry->artist;
    ++artist.tracks;
  }
  genres_.add(entry->genre);
  moods_.add(entry->mood);
  if (is_named(*entry)) by_printed_.emplace(hash_of(entry->artist, entry->title), track.value);
  tracks_[track.value] = std::move(*entry);
}

void HeldCatalog::forget(std::string_view id) {
  const TrackId track = track_id(id);
  const auto found = tracks_.find(track.value);
  if (found == tracks_.end() || found->second.track_id != id) return;
  const CatalogEntry& entry = found->second;
  genres_.remove(entry.genre);
  moods_.remove(entry.mood);
  const auto artist = artists_.find(artist_id(entry.artist_id).value);
  if (artist != artists_.end() && --artist->second.tracks == 0) artists_.erase(artist);
  by_printed_.erase({hash_of(entry.artist, entry.title), track.value});
  tracks_.erase(found);
}

const CatalogEntry* HeldCatalog::find_track(std::string_view id) const {
  const CatalogEntry* entry = find(track_id(id));
  return entry != nullptr && entry->track_id == id ? entry : nullptr;
}

bool HeldCatalog::is_twin_of_track(std::string_view id) const {
  const CatalogEntry* entry = find(track_id(id));
  return entry != nullptr && entry->track_id != id;
}

bool HeldCatalog::is_twin_of_artist(std::string_view id) const {
  const Artist* artist = find(artist_id(id));
  return artist != nullptr && artist->id != id;
}

const CatalogEntry* HeldCatalog::find(TrackId track) const {
  const auto found = tracks_.find(track.value);
  return found == tracks_.end() ? nullptr : &found->second;
}

std::string HeldCatalog::sound_at(const std::string& audio_url) const {
  const std::string_view file = composed_file(audio_url);
  if (!file.empty()) return address_of_ ? address_of_(file) : std::string();
  return may_sound_from(audio_url, sound_) ? audio_url : std::string();
}

const HeldCatalog::Artist* HeldCatalog::find(ArtistId artist) const {
  const auto found = artists_.find(artist.value);
  return found == artists_.end() ? nullptr : &found->second;
}

const CatalogEntry* HeldCatalog::find(std::string_view artist, std::string_view title) const {
  const std::uint64_t hash = hash_of(artist, title);
  const auto found = by_printed_.lower_bound({hash, 0});
  if (found == by_printed_.end() || found->first != hash) return nullptr;
  const CatalogEntry* entry = find(TrackId{found->second});
  const bool same =
      entry != nullptr && printed(entry->artist, entry->title) == printed(artist, title);
  return same ? entry : nullptr;
}

}  // namespace segue::player
