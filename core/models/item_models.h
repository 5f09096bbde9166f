#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/item/catalog.h"
#include "core/item/item.h"
#include "core/math/vector.h"
#include "core/models/composed_tracks.h"
#include "core/models/session_log.h"
#include "core/models/track_index.h"
#include "core/tuning.h"

namespace segue {

// Names of a track and its artist, for readers; empty: not said.
struct Called {
  std::string_view track = {};
  std::string_view artist = {};
};

// A recommender's replica of the item models, made for ranking: items have dense slots, neighbours
// are slots, popularity is kept so that it needs no fading. Bounded: past `models_held_max` the
// coldest of a sample gives its model up. Its slot stays, so that neighbours keep meaning what they
// meant, until there are four times that many slots; then those without a model are forgotten.
//
// While a catalogue is loaded, what it lacks is offered to others only once several listeners
// remember it, and what it says of names and artists holds whatever is played: anybody may say that
// they play anything, and call it anything. A composed track is offered only while the catalogue
// has it: no other source says what a machine made of it. Readers and the one writer are kept apart
// by the caller.
class ItemModels {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xFFFFFFFF;
  static constexpr std::size_t kTrendingMax = 100;
  static constexpr std::size_t kShelfMax = 64;
  static constexpr std::size_t kShelvesMax = 4'096;
  static constexpr std::size_t kKindMax = 256;
  static constexpr std::size_t kCatalogueMax = 16;  // entries of a catalogue for each model held

  struct Link {
    Slot slot = kNone;
    float follows = 0;
    float next = 0;
    float together = 0;
    std::uint16_t before = 0;  // see Neighbour
  };

  struct Related {
    Slot slot = kNone;  // of an artist
    float weight = 0;
  };

  // The fields that every ranking reads of a candidate come first: its first kRankedBytes.
  struct alignas(64) Model {
    ItemId id;
    ArtistId artist;
    Slot artist_slot = kNone;
    ItemKind kind = ItemKind::track;
    bool held = false;         // there is a model; else only the id is known
    bool taken_down = false;   // by the catalogue: never recommended
    bool is_explicit = false;  // by the catalogue
    bool in_catalogue = false;
    std::uint8_t holders = 0;      // who remember it; Item::kHoldersMax: it is common
    AiParts made = 0;              // by a machine, as the catalogue says
    float log2_plays = 0;          // of all plays ever, each by what its listener may move
    float listeners = 0;           // who ever heard it
    std::int32_t duration_ms = 0;  // by the catalogue; 0: unknown
    Micros first = 0;              // its first signal
    Micros time = 0;               // its latest
    // log2 of the fading plays at time 0 of forward decay: log2(plays at t) = heat - t / half-life.
    double heat_day = 0;
    double heat_trend = 0;
    // From the catalogue: what kind of music, as hashes; 0: unknown.
    std::uint32_t genre = 0;
    std::uint32_t mood = 0;
    float stay = 0;  // of an artist: how often listeners go on with them, 0 to 1
    float follows_total = 0;
    float next_total = 0;
    float together_total = 0;
    float related_total = 0;
    // As the index has it: partly the artist's where the track is little known.
    SmallVector vector;
    std::vector<Link> links;                   // strongest first
    std::vector<Related> related;              // of an artist: others, strongest first
    std::vector<SessionLog::Number> sessions;  // where it was heard of late, latest first
    std::vector<Slot> unplayed;    // of an artist: tracks of the catalogue without plays
    std::string name;              // wire id: the catalogue's, else its first listener's
    ArtistId said;                 // the artist by its listeners; `artist` is who is believed
    std::uint8_t artist_said = 0;  // how many more of them say so than another
    bool artist_fixed = false;     // by the catalogue
    std::uint16_t year = 0;        // by the catalogue; 0: unknown
    // For readers, an artist's name for an artist; empty: none is known, or none believed. The
    // catalogue's, else what its listeners call it.
    std::string title;
    bool title_fixed = false;     // by the catalogue
    std::uint8_t title_said = 0;  // how many listeners call it so, while it is not
  };

  static constexpr std::size_t kRankedBytes = 192;

  explicit ItemModels(const Tuning& tuning);

  // A newer model of an item replaces the older. False, and nothing changes, if it bears another
  // name than the catalogue's: two texts can have one hash.
  bool put(const ItemModel& model);
  // A track that was just heard or stands in the catalogue can be recommended before anything else
  // is known of it. Changes nothing where there is a model.
  void introduce(TrackId track, std::string_view name, ArtistId artist, Micros now,
                 Called called = {});
  // Whether `introduce` would change anything.
  bool knows(TrackId track) const;
  // A tombstone: the item is forgotten.
  void remove(ItemId item);
  // Titles and take-downs from the catalogue; statistics never come from there.
  void enrich(const CatalogEntry& entry);
  void take_down(TrackId track);

  Slot find(ItemId item) const;
  const Model& operator[](Slot slot) const { return slots_[slot]; }
  // Says that the model will soon be read: many wait for memory at once, not one after the other.
  void fetch(Slot slot) const {
    const auto* const bytes = reinterpret_cast<const char*>(&slots_[slot]);
    for (std::size_t i = 0; i < kRankedBytes; i += 64) __builtin_prefetch(bytes + i);
  }
  // A track that is held, has a wire id, is not taken down, and is for everybody.
  bool can_be_recommended(Slot slot) const {
    return slot < offers_.size() && offers_[slot] == Offer::to_all;
  }
  // The same for somebody who heard it: it need not be for everybody.
  bool can_be_repeated(Slot slot) const {
    return slot < offers_.size() && offers_[slot] != Offer::to_none;
  }
  // The parts of a track in which a machine had a share. Free while no track has any.
  AiParts made(Slot slot) const { return any_made() ? slots_[slot].made : AiParts{0}; }
  bool any_made() const { return !labels_.empty(); }
  // The AI label of a track; null: none was declared. Valid until the catalogue changes.
  const Disclosure* label(Slot slot) const;
  const ComposedTracks& composed() const { return composed_; }
  // Sessions of others, by the numbers in `Model::sessions`.
  const SessionLog& sessions() const { return sessions_; }
  // Whether readers may be shown what the item is called, be that known by now or not.
  bool believes_title(Slot slot) const;
  bool is_common(Slot slot) const { return slots_[slot].holders >= Item::kHoldersMax; }
  std::size_t slots() const { return slots_.size(); }
  std::size_t held() const { return held_; }
  std::size_t tracks_held() const { return tracks_held_; }
  // Most played of late, first first; kept up to date by `put`.
  std::span<const Slot> trending() const { return trending_; }
  // Tracks by their vectors; what is taken down is still in it. The writer rebuilds it when it
  // is due.
  const TrackIndex& index() const { return index_; }
  TrackIndex& index() { return index_; }
  // Tracks of the catalogue of this genre and mood without plays when they came, newest
  // last; at most kShelfMax.
  std::span<const Slot> shelf(std::uint32_t genre, std::uint32_t mood) const;
  // Tracks of this genre, of this mood, played or not, latest come last; at most kKindMax.
  std::span<const Slot> of_genre(std::uint32_t genre) const { return kind(genre | kGenres); }
  std::span<const Slot> of_mood(std::uint32_t mood) const { return kind(mood | kMoods); }
  // Fading plays at a time, half-life `trend_half_life_days`; at least 1/8.
  float plays_trend(const Model& model, Micros now) const;
  // The same and that with a half-life of a day on a logarithmic scale, -3 to 40.
  float log2_plays_day(const Model& model, Micros now) const;
  float log2_plays_trend(const Model& model, Micros now) const;

 private:
  enum class Offer : std::uint8_t { to_none, to_who_heard_it, to_all };

  Slot intern(ItemId item);
  bool is_another(Slot slot, const ItemModel& model) const;
  bool has_catalogue() const { return catalogue_.size() > composed_entries_.size(); }
  void enter_catalogue(ItemId track, bool composed);
  void leave_catalogue(ItemId item);
  void name_by_catalogue(Slot slot, const std::string& name);
  void believe(Slot slot);
  void believe_tracks_of(Slot artist);
  void settle_title(Slot slot);
  void call(Slot slot, std::string_view title);
  void settle(Slot slot);
  Offer offer_of(const Model& model) const;
  float link(const ItemModel& model);
  void put_label(TrackId track, const CatalogEntry& entry);
  void fix_artist(Slot slot, ArtistId artist, const CatalogEntry& entry);
  void meet_sessions(Slot slot, const std::vector<SessionMark>& marks);
  void place_vector(Slot slot, const Vector& own, float plays);
  void shelve(Slot slot);
  void shelve_by_kind(Slot slot);
  std::span<const Slot> kind(std::uint64_t key) const;
  void rank_trending(Slot slot);
  void drop_from_trending(Slot slot);
  void compact();
  void make_room();
  void let_go(Slot slot);

  double trend_per_us_;  // half-lives of the trend in a microsecond
  std::size_t held_max_;
  std::size_t held_ = 0;
  std::size_t tracks_held_ = 0;
  std::size_t clock_ = 0;  // where the search for a cold model goes on
  std::vector<Model> slots_;
  // By slot. Proposals ask it of many; a model itself would have to be fetched from far.
  std::vector<Offer> offers_;
  // Tracks that the catalogue has, known here or not; past kCatalogueMax times the models held it
  // is given up, and nothing counts as lacking.
  boost::unordered_flat_set<std::uint64_t> catalogue_;
  // Those of them that Segue composed: alone they make no catalogue, for they say nothing of what
  // others play.
  boost::unordered_flat_set<std::uint64_t> composed_entries_;
  boost::unordered_flat_set<std::uint64_t> catalogue_artists_;
  bool catalogue_given_up_ = false;
  // Tracks that were taken down, known here or not; past kCatalogueMax times the models held only
  // what the catalogue has is offered, so that none of them comes back.
  boost::unordered_flat_set<std::uint64_t> taken_down_;
  bool take_downs_given_up_ = false;
  std::uint8_t listeners_min_;
  bool catalogue_only_;
  // By TrackId, known here or not: who wants none of it must not meet it again under a slot that
  // was forgotten. Past kCatalogueMax times the models held a labelled track is not offered.
  boost::unordered_flat_map<std::uint64_t, Disclosure> labels_;
  ComposedTracks composed_;
  SessionLog sessions_;
  std::vector<Slot> trending_;
  TrackIndex index_;
  boost::unordered_flat_map<std::uint64_t, std::vector<Slot>> shelves_;  // by genre and mood
  // By hash and which of the two it is of.
  static constexpr std::uint64_t kGenres = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kMoods = std::uint64_t{2} << 32;
  boost::unordered_flat_map<std::uint64_t, std::vector<Slot>> kinds_;
  boost::unordered_flat_map<std::uint64_t, Slot> by_id_;
  std::vector<Link> links_;  // scratch of `put`, as the next
  std::vector<Related> related_;
};

}  // namespace segue
