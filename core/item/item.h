#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/math/vector.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

enum class ItemKind : std::uint8_t { track = 0, artist = 1 };

// A companion of an item. For a track: a track played after it. For an artist: a track of theirs.
struct Neighbour {
  TrackId track;
  float follows = 0;   // for a track Σ 1/distance over the listens that followed; for an artist
                       // its plays; fading
  float next = 0;      // listens directly after; 0 for an artist; fading
  float together = 0;  // listens in the same session, before or after; 0 for an artist; fading
  // mark_of the track before the two when this last came directly after; 0: none, or an artist's.
  std::uint16_t before = 0;
  bool operator==(const Neighbour&) const = default;
};

// An artist heard in the sessions of another.
struct RelatedArtist {
  ArtistId artist;
  float weight = 0;  // Σ 1/distance of their listens; fading
  bool operator==(const RelatedArtist&) const = default;
};

// Everything Segue knows of one track or artist. Owned by the trainer that owns the item's
// partition of the item signals; bounded; stored as one blob.
struct Item {
  static constexpr std::size_t kNeighboursMax = 200;
  static constexpr std::size_t kStoredMax = kNeighboursMax;
  static constexpr std::size_t kRelatedMax = 100;
  static constexpr std::size_t kSessionsMax = 32;
  // Once so many remember an item at the same time it is common for ever, and who they are is
  // forgotten.
  static constexpr std::size_t kHoldersMax = 8;

  ItemId id;
  ItemKind kind = ItemKind::track;
  std::string name;              // wire id, at most kIdBytesMax
  ArtistId artist;               // of a track
  std::uint8_t artist_said = 0;  // how many more listeners said that artist than another
  std::uint64_t signals = 0;     // learned, for verifiers
  std::uint64_t plays = 0;
  std::uint64_t skips = 0;
  std::uint64_t listeners = 0;  // who had not heard it before, as far as their state remembers
  bool common = false;
  std::vector<ListenerMark> holders = {};  // who remember it while it is not common
  Micros first = 0;                        // of the first signal
  Micros time = 0;           // of the latest signal; what fades is worth this much then
  float weighted_plays = 0;  // plays, each by what its listener may move
  float plays_day = 0;       // the same, half-life of a day
  float plays_trend = 0;     // the same, half-life of Tuning::trend_half_life_days
  float follows_total = 0;   // all that ever followed, also what fell out of `neighbours`; fading
  float next_total = 0;
  float together_total = 0;
  float related_total = 0;                  // an artist is related to itself: who stays
  std::vector<Neighbour> neighbours = {};   // strongest first
  std::vector<RelatedArtist> related = {};  // of an artist; strongest first
  Vector vector{};                          // zero until its first play
  // Where a track was heard of late, latest first.
  std::vector<SessionMark> sessions = {};
  // Its listeners' name for it, for readers, at most kTitleBytesMax. Goes with the last who says so
  // and remembers it, unless so many did at the same time as make an item common.
  std::string title = {};
  bool title_common = false;
  // How many more of those who called it otherwise when they first held it said this (low half of a
  // hash of it, folded) than anything else; 0: nothing.
  std::uint8_t others_said = 0;
  std::uint32_t other_title = 0;
  std::vector<ListenerMark> tellers = {};  // who call it so, while that is not common
  bool operator==(const Item&) const = default;
};

// An item as recommenders hold it: the same, less the weak neighbours and who its holders are.
struct ItemModel {
  // An artist's tracks are proposed as they are, a track's neighbours are summed: more are needed.
  static constexpr std::size_t kNeighboursMax = 64;
  static constexpr std::size_t kArtistTracksMax = 150;
  static constexpr std::size_t kStoredMax = kArtistTracksMax;
  static constexpr std::size_t kRelatedMax = 24;
  static constexpr std::size_t kSessionsMax = Item::kSessionsMax;

  ItemId id;
  ItemKind kind = ItemKind::track;
  std::string name;
  ArtistId artist;
  std::uint8_t artist_said = 0;
  std::uint64_t plays = 0;
  std::uint64_t listeners = 0;
  std::uint8_t holders = 0;  // who remember it; Item::kHoldersMax: it is common
  Micros first = 0;
  Micros time = 0;
  float weighted_plays = 0;
  float plays_day = 0;
  float plays_trend = 0;
  float follows_total = 0;
  float next_total = 0;
  float together_total = 0;
  float related_total = 0;
  std::vector<Neighbour> neighbours = {};   // strongest first
  std::vector<RelatedArtist> related = {};  // strongest first
  Vector vector{};
  std::vector<SessionMark> sessions = {};  // latest first
  std::string title = {};                  // what its listeners call it, for readers
  std::uint8_t title_said = 0;             // how many; Item::kHoldersMax: it is common
  bool operator==(const ItemModel&) const = default;
};

// Decides which are kept; ties are broken by id.
bool stronger(const Neighbour& a, const Neighbour& b);
bool stronger(const RelatedArtist& a, const RelatedArtist& b);

// Nothing was ever learned of it, or all who remembered it are gone.
inline bool is_gone(const Item& item) { return item.signals == 0; }

// The strongest neighbours survive.
ItemModel model_of(const Item& item);

// Formats stand in schemas/blobs.md; decoding as for listeners (listener.h).
std::string encode(const Item& item);
Result<Item> decode_item(std::string_view blob);
std::string encode(const ItemModel& model);
Result<ItemModel> decode_item_model(std::string_view blob);

}  // namespace segue
