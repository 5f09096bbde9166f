#include "producers/replay/simulation/world.h"

#include <algorithm>

namespace segue {
namespace {

constexpr std::uint32_t kTracksPerArtist = 18;  // about
constexpr std::uint32_t kTracksPerPlaylist = 24;
constexpr std::uint32_t kAlbumTracksMin = 6;
constexpr std::uint32_t kAlbumTracksMax = 12;
constexpr std::uint32_t kAlbumsMax = 3;
constexpr std::int32_t kDurationMinMs = 125'000;
constexpr std::uint32_t kDurationSpreadMs = 190'000;
// One playlist for so many tracks of the catalogue.
constexpr std::size_t kTracksForEachPlaylist = 40;
constexpr int kTriesForMood = 8;

// A few tracks declare that a machine made them, so that players have something to label.
bool is_composed(TrackNumber track) { return track % 25 == 7; }

std::uint8_t draw_mood(Random& random) {
  return static_cast<std::uint8_t>(random.below(song_names::kMoods));
}

std::uint32_t genres_for(std::int64_t tracks) {
  const auto artists = static_cast<std::uint32_t>(tracks / kTracksPerArtist);
  return std::clamp(artists / 2, 1U, song_names::kGenres);
}

// At most so many artists, and playlists, whatever the dice say: every artist but the last has a
// whole album.
std::uint32_t ranks_for(std::int64_t tracks) {
  return static_cast<std::uint32_t>(tracks) / kAlbumTracksMin + 1;
}

// Albums of an artist came out one after the other, in some order.
std::int32_t year_of_album(std::uint32_t album) {
  constexpr std::uint32_t kFirst = 1960;
  constexpr std::uint32_t kYears = 65;
  constexpr std::uint32_t kStep = 27;  // shares no factor with kYears: all are drawn
  return static_cast<std::int32_t>(kFirst + album * kStep % kYears);
}

}  // namespace

World::World(const Simulation& parameters)
    : seed_(parameters.seed),
      genres_(genres_for(parameters.tracks)),
      genre_artists_(genres_),
      mood_playlists_(std::size_t{genres_} * song_names::kMoods),
      artist_tail_(ranks_for(parameters.tracks), 4),
      track_tail_(kAlbumsMax * kAlbumTracksMax, 2),
      playlist_tail_(ranks_for(parameters.tracks), 1) {
  Random random(Random::mixed(seed_));
  const auto count = static_cast<std::size_t>(parameters.tracks);
  tracks_.reserve(count);
  while (tracks_.size() < count) make_artist(random, count);
  make_playlists(random);
}

void World::make_artist(Random& random, std::size_t tracks_max) {
  const auto index = static_cast<ArtistIndex>(artists_.size());
  const auto genre = static_cast<std::uint8_t>(index % genres_);
  genre_artists_[genre].push_back(index);
  artists_.push_back(
      {.first_track = static_cast<TrackNumber>(tracks_.size()), .tracks = 0, .genre = genre});
  const std::uint8_t mood = draw_mood(random);
  const std::uint32_t albums = random.between(1, kAlbumsMax);
  for (std::uint32_t i = 0; i < albums; ++i) make_album(random, mood, tracks_max);
}

void World::make_album(Random& random, std::uint8_t artist_mood, std::size_t tracks_max) {
  const std::uint8_t album_mood = random.chance(0.6) ? artist_mood : draw_mood(random);
  const std::uint32_t length = random.between(kAlbumTracksMin, kAlbumTracksMax);
  for (std::uint32_t i = 0; i < length && tracks_.size() < tracks_max; ++i) {
    SimulatedTrack track{.artist = static_cast<ArtistIndex>(artists_.size() - 1), .album = albums_};
    track.mood = random.chance(0.75) ? album_mood : draw_mood(random);
    track.duration_ms = kDurationMinMs + static_cast<std::int32_t>(random.below(kDurationSpreadMs));
    tracks_.push_back(track);
    ++artists_.back().tracks;
  }
  ++albums_;
}

void World::make_playlists(Random& random) {
  const std::size_t kinds = mood_playlists_.size();
  const std::size_t count = std::max(kinds, tracks_.size() / kTracksForEachPlaylist);
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = static_cast<std::uint32_t>(i % kinds);
    mood_playlists_[kind].push_back(static_cast<std::uint32_t>(i));
    playlists_.push_back(
        make_playlist(random, kind / song_names::kMoods, kind % song_names::kMoods));
  }
}

Playlist World::make_playlist(Random& random, std::uint32_t genre, std::uint32_t mood) const {
  Playlist list;
  for (std::uint32_t i = 0; i < kTracksPerPlaylist; ++i) {
    for (int tries = 0; tries < kTriesForMood; ++tries) {
      const ArtistIndex artist = draw_artist(random, genre);
      const TrackNumber track = draw_track(random, artist);
      const bool fits = tracks_[track].mood == mood || tries + 1 == kTriesForMood;
      if (!fits || std::ranges::find(list, track) != list.end()) continue;
      list.push_back(track);
      break;
    }
  }
  return list;
}

ArtistIndex World::draw_artist(Random& random, std::uint32_t genre) const {
  const auto& artists = genre_artists_[genre];
  return artists[artist_tail_.draw(random, static_cast<std::uint32_t>(artists.size()))];
}

TrackNumber World::draw_track(Random& random, ArtistIndex artist) const {
  const SimulatedArtist& by = artists_[artist];
  // An artist's best-known track is not always the first of the first album.
  return by.first_track + (track_tail_.draw(random, by.tracks) + artist) % by.tracks;
}

std::uint32_t World::draw_playlist(Random& random, std::uint32_t genre, std::uint32_t mood) const {
  const auto& lists = mood_playlists_[genre * song_names::kMoods + mood];
  return lists[playlist_tail_.draw(random, static_cast<std::uint32_t>(lists.size()))];
}

// The seed is part of every id, so that two worlds on one log do not mix.
std::string World::track_id(TrackNumber track) const {
  return "t" + std::to_string(seed_) + "-" + std::to_string(track);
}

std::string World::artist_id(ArtistIndex artist) const {
  return "a" + std::to_string(seed_) + "-" + std::to_string(artist);
}

std::vector<CatalogEntry> World::catalog() const {
  std::vector<CatalogEntry> entries;
  entries.reserve(tracks_.size());
  for (TrackNumber i = 0; i < tracks_.size(); ++i) {
    const SimulatedTrack& track = tracks_[i];
    const std::uint32_t genre = genre_of(i);
    entries.push_back({.track_id = track_id(i),
                       .title = song_names::title(seed_, i),
                       .artist_id = artist_id(track.artist),
                       .artist = song_names::artist(seed_, track.artist),
                       .album = song_names::album(seed_, track.album),
                       .tags = {std::string(song_names::genre(genre)),
                                std::string(song_names::genre_tag(genre, track.album)),
                                std::string(song_names::mood(track.mood))},
                       .mood = std::string(song_names::mood(track.mood)),
                       .genre = std::string(song_names::genre(genre)),
                       .duration_ms = track.duration_ms,
                       .year = year_of_album(track.album),
                       .ai = is_composed(i)
                                 ? std::optional(Disclosure{.composed = Degree::generated,
                                                            .performed = Degree::generated})
                                 : std::nullopt});
  }
  return entries;
}

}  // namespace segue
