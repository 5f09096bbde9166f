#include "consumers/player/held_catalog.h"

#include <utility>

#include "consumers/player/fold.h"

namespace segue::player {

std::uint64_t printed_hash(std::string_view artist, std::string_view title) {
  return track_id(folded(artist) + '\n' + folded(title)).value;
}

void HeldCatalog::take(const Record& record) {
  if (!record.key) return;
  const TrackId track = track_id(*record.key);
  if (!record.value) return forget(track);
  auto entry = decode_catalog(*record.value);
  if (!entry || entry->track_id != *record.key) return;
  forget(track);
  if (tracks_.size() >= tracks_max_) return;
  if (!entry->artist_id.empty()) {
    Artist& artist = artists_[artist_id(entry->artist_id).value];
    artist.id = entry->artist_id;
    if (!entry->artist.empty()) artist.name = entry->artist;
    ++artist.tracks;
  }
  genres_.add(entry->genre);
  moods_.add(entry->mood);
  by_printed_[printed_hash(entry->artist, entry->title)] = track.value;
  tracks_[track.value] = std::move(*entry);
}

void HeldCatalog::forget(TrackId track) {
  const auto found = tracks_.find(track.value);
  if (found == tracks_.end()) return;
  const CatalogEntry& entry = found->second;
  genres_.remove(entry.genre);
  moods_.remove(entry.mood);
  const auto artist = artists_.find(artist_id(entry.artist_id).value);
  if (artist != artists_.end() && --artist->second.tracks == 0) artists_.erase(artist);
  const auto printed = by_printed_.find(printed_hash(entry.artist, entry.title));
  if (printed != by_printed_.end() && printed->second == track.value) by_printed_.erase(printed);
  tracks_.erase(found);
}

const CatalogEntry* HeldCatalog::find(TrackId track) const {
  const auto found = tracks_.find(track.value);
  return found == tracks_.end() ? nullptr : &found->second;
}

const HeldCatalog::Artist* HeldCatalog::find(ArtistId artist) const {
  const auto found = artists_.find(artist.value);
  return found == artists_.end() ? nullptr : &found->second;
}

const CatalogEntry* HeldCatalog::find(std::string_view artist, std::string_view title) const {
  const auto found = by_printed_.find(printed_hash(artist, title));
  return found == by_printed_.end() ? nullptr : find(TrackId{found->second});
}

}  // namespace segue::player
