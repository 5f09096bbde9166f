#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "consumers/player/kinds.h"
#include "consumers/player/sound_address.h"
#include "core/event/event.h"
#include "core/ids.h"
#include "core/item/catalog.h"

namespace segue::player {

// The tracks' entries, from the records of segue.catalog.v1. Once full, new tracks stay unknown
// rather than take more memory. One thread.
class HeldCatalog {
 public:
  // The address at which players find a composed file now, by its key; empty: they do not.
  using AddressOf = std::function<std::string(std::string_view file)>;

  // Without `address_of` players are sent to no composed file.
  explicit HeldCatalog(std::size_t tracks_max, Sound sound = Sound::https,
                       AddressOf address_of = {})
      : tracks_max_(tracks_max), sound_(sound), address_of_(std::move(address_of)) {}

  // Without a value the track is forgotten. An unreadable one is ignored: its writer knows. So
  // is an id that another text has the hash of: the first keeps it.
  void take(const Record& record);
  // All valid until the next `take`; null: unknown. Their audio_url is as the catalogue says it.
  const CatalogEntry* find(TrackId track) const;
  // The same by its text. A hash can be run backwards, so that another text may share it.
  const CatalogEntry* find_track(std::string_view id) const;
  // Where players are sent for this sound now, whatever a catalogue or a generator wrote: a
  // composed file's address becomes one that is good for a while. Empty: nowhere.
  std::string sound_at(const std::string& audio_url) const;
  // Whether another text has the hash of this one: its use borrows a name.
  bool is_twin_of_track(std::string_view id) const;
  bool is_twin_of_artist(std::string_view id) const;
  // The wire id and the name of an artist with a track here.
  struct Artist {
    std::string id;
    std::string name;
    std::size_t tracks = 0;
  };
  const Artist* find(ArtistId artist) const;
  // By what is printed on it, as `folded` compares; of several the one of the smallest TrackId.
  const CatalogEntry* find(std::string_view artist, std::string_view title) const;
  std::size_t tracks() const { return tracks_.size(); }
  const Kinds& genres() const { return genres_; }
  const Kinds& moods() const { return moods_; }

 private:
  void forget(std::string_view id);

  std::size_t tracks_max_;
  Sound sound_;
  AddressOf address_of_;
  std::unordered_map<std::uint64_t, CatalogEntry> tracks_;        // by TrackId
  std::unordered_map<std::uint64_t, Artist> artists_;             // by ArtistId
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_printed_;  // hash of both names, TrackId
  Kinds genres_;
  Kinds moods_;
};

}  // namespace segue::player
