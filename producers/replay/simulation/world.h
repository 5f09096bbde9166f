#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/item/catalog.h"
#include "producers/replay/files/listening.h"
#include "producers/replay/simulation/random.h"
#include "producers/replay/simulation/song_names.h"

namespace segue {

// The made-up music that simulated listeners choose from. All numbers are indices into it.
using TrackNumber = std::uint32_t;
using ArtistIndex = std::uint32_t;

struct SimulatedTrack {
  ArtistIndex artist = 0;
  std::uint32_t album = 0;
  std::int32_t duration_ms = 0;
  std::uint8_t mood = 0;
};

struct SimulatedArtist {
  TrackNumber first_track = 0;  // the tracks of an artist stand together, album by album
  std::uint32_t tracks = 0;
  std::uint8_t genre = 0;
};

using Playlist = std::vector<TrackNumber>;

// Artists in genres, albums, tracks with moods, and playlists that everybody knows. Constant once
// made; follows from seed and number of tracks alone.
class World {
 public:
  explicit World(const Simulation& parameters);

  const SimulatedTrack& track(TrackNumber track) const { return tracks_[track]; }
  const SimulatedArtist& artist(ArtistIndex artist) const { return artists_[artist]; }
  std::uint32_t genres() const { return genres_; }
  std::uint8_t genre_of(TrackNumber track) const { return artist(tracks_[track].artist).genre; }
  bool same_album(TrackNumber a, TrackNumber b) const {
    return b < tracks_.size() && tracks_[a].album == tracks_[b].album;
  }
  const Playlist& playlist(std::uint32_t playlist) const { return playlists_[playlist]; }

  // Each draw prefers what is popular there.
  ArtistIndex draw_artist(Random& random, std::uint32_t genre) const;
  TrackNumber draw_track(Random& random, ArtistIndex artist) const;
  std::uint32_t draw_playlist(Random& random, std::uint32_t genre, std::uint32_t mood) const;

  std::string track_id(TrackNumber track) const;
  std::string artist_id(ArtistIndex artist) const;
  std::vector<CatalogEntry> catalog() const;

 private:
  void make_artist(Random& random, std::size_t tracks_max);
  void make_album(Random& random, std::uint8_t artist_mood, std::size_t tracks_max);
  Playlist make_playlist(Random& random, std::uint32_t genre, std::uint32_t mood) const;
  void make_playlists(Random& random);

  std::uint64_t seed_;
  std::uint32_t genres_ = 0;
  std::uint32_t albums_ = 0;
  std::vector<SimulatedTrack> tracks_;
  std::vector<SimulatedArtist> artists_;
  std::vector<std::vector<ArtistIndex>> genre_artists_;  // the most popular first
  std::vector<Playlist> playlists_;
  std::vector<std::vector<std::uint32_t>> mood_playlists_;  // [genre * song_names::kMoods + mood]
  LongTail artist_tail_;
  LongTail track_tail_;
  LongTail playlist_tail_;
};

// How far a track of one mood is from another mood: 0 the same, 1 near, 2 far. Moods stand in a
// circle: calm, dreamy, wistful, driving, bright, and calm again.
inline std::uint32_t mood_distance(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t steps = a > b ? a - b : b - a;
  return std::min(steps, song_names::kMoods - steps);
}

}  // namespace segue
