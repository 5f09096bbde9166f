#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/filtered.h"
#include "core/time.h"

namespace segue {

// A track that stands near where the session and the listener's taste point.
struct Near {
  ItemId track;
  float similarity = 0;  // cosine
};

// The question to the sources: this listener, now, after these tracks. Lives for one ranking.
class Query {
 public:
  // The heaviest of the tracks and artists that are asked for with a weight.
  static constexpr std::size_t kSeedsMax = 4;
  static constexpr std::size_t kContextMax = Listener::kContextMax + 2 + kSeedsMax;

  struct Past {
    TrackId track;
    ArtistId artist;
    ItemModels::Slot slot = ItemModels::kNone;         // of the track
    ItemModels::Slot artist_slot = ItemModels::kNone;  // of its artist
    float weight = 0;  // 1/distance; of an earlier session much less
    bool in_session = false;
    bool chosen = true;  // false: the player went on by itself
  };

  // An artist's weight for the listener.
  struct KnownArtist {
    ArtistId artist;
    float plays = 0;    // fading
    float share = 0;    // of all the listener's plays, 0 to 1
    float session = 0;  // of the context's weight, 0 to 1
    float skips = 0;    // in this session, whole ones counting 1
    bool here = false;  // heard in this session
  };

  // Requires: listener and models outlive the query and do not change meanwhile.
  // `whose` finds the listener's latest searches.
  Query(const Listener& listener, const ItemModels& models, ListenerId whose = {});

  const Listener& listener() const { return listener_; }
  const ItemModels& models() const { return models_; }
  ListenerId whose() const { return whose_; }
  // Found on demand, seldom: a search costs more than a ranking.
  std::span<const Near> near() const { return near_; }
  void set_near(std::span<const Near> near) { near_ = near; }
  Micros now() const { return listener_.time; }
  // Latest first; what is playing now comes before what was listened to, unless the player went on
  // to it by itself: then it says something only where the session has nothing else. Tracks and
  // artists that the listener asked for more like stand at the end, or first where the session has
  // nothing else.
  std::span<const Past> context() const { return {context_.data(), context_size_}; }
  // How many tracks in a row, up to now, are by the artist of the latest and were chosen.
  std::size_t artist_run() const { return artist_run_; }
  // The share of a session's moves from track to track that stayed with the artist, and of those
  // that came back to an artist of before: 0 to 1, some doubt included. Moves from or to a track
  // without an artist, and those that the player made by itself, do not count.
  float stays() const { return stays_; }
  float returns() const { return returns_; }
  // The request's filter; null: it has none.
  const Filtered* filtered() const { return filtered_ ? &*filtered_ : nullptr; }
  // Where the session points, away from what the listener wants less of, and the listener's taste;
  // unknown if nowhere.
  const SmallVector& session() const { return session_; }
  const SmallVector& taste() const { return taste_; }
  // The listener's own memory of the latest track; null if it is new to them.
  const Repeat* latest_repeat() const;
  // All 0 for an artist of whom the listener has heard nothing, and for none.
  const KnownArtist& known(ArtistId artist) const;
  // Skips of the track in this session, whole ones counting 1.
  float skips_of(TrackId track) const;

 private:
  // Open addressing; a little more than half are taken at most.
  static constexpr std::size_t kKnownSlots = 128;
  static_assert(kKnownSlots * 3 > 5 * (Listener::kArtistsMax + kContextMax + Listener::kSkipsMax));

  void add(const HeardTrack& heard, float weight, bool in_session);
  void add_seeds();
  void add_seed(TrackId track, ArtistId artist, float weight);
  ItemModels::Slot slot_of(const Seed& seed) const;
  void look_back();
  bool comes_back(std::size_t i) const;
  void point();
  void know_artists();
  KnownArtist& place_of(ArtistId artist);

  const Listener& listener_;
  const ItemModels& models_;
  ListenerId whose_;
  std::array<Past, kContextMax> context_;
  std::size_t context_size_ = 0;
  std::size_t artist_run_ = 0;
  std::array<KnownArtist, kKnownSlots> known_{};
  std::span<const Near> near_;
  std::optional<Filtered> filtered_;
  SmallVector session_;
  SmallVector taste_;
  float context_weight_ = 0;
  float stays_ = 0;
  float returns_ = 0;
};

// How well a source did for this listener lately, 0 to 1.
float trust(const Listener& listener, std::size_t source);

// A fading count of the listener's at a time; half-life 60 days.
float faded(float count, Micros last, Micros now);

}  // namespace segue
