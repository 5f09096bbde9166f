#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace segue {

// On the wire an id is UTF-8 text of at most this many bytes.
inline constexpr std::size_t kIdBytesMax = 128;

// Inside Segue ids are 64-bit hashes (XXH3) of that text; the text is kept once, in the catalogue
// and the item's model. 0 means "none". Different kinds do not mix.
// NOLINTBEGIN(modernize-use-nullptr): clang-tidy 14 takes the 0 behind a <=> for a null.
struct TrackId {
  std::uint64_t value = 0;
  auto operator<=>(const TrackId&) const = default;
  explicit operator bool() const { return value != 0; }
};
struct ArtistId {
  std::uint64_t value = 0;
  auto operator<=>(const ArtistId&) const = default;
  explicit operator bool() const { return value != 0; }
};
struct ListenerId {
  std::uint64_t value = 0;
  auto operator<=>(const ListenerId&) const = default;
  explicit operator bool() const { return value != 0; }
};
struct SessionId {
  std::uint64_t value = 0;
  auto operator<=>(const SessionId&) const = default;
  explicit operator bool() const { return value != 0; }
};
struct PlayId {
  std::uint64_t value = 0;
  auto operator<=>(const PlayId&) const = default;
  explicit operator bool() const { return value != 0; }
};

// Whatever has a model that the trainer keeps: a track, or an artist (an item of another kind).
struct ItemId {
  std::uint64_t value = 0;
  auto operator<=>(const ItemId&) const = default;
  explicit operator bool() const { return value != 0; }
};
// A listener as item models know them, while few have heard the item: never 0, and no id on any
// wire.
struct ListenerMark {
  std::uint64_t value = 0;
  auto operator<=>(const ListenerMark&) const = default;
  explicit operator bool() const { return value != 0; }
};
// A listener's session as item models know it: a few of them meet, none can be found by it. 0:
// none.
struct SessionMark {
  std::uint32_t value = 0;
  auto operator<=>(const SessionMark&) const = default;
  explicit operator bool() const { return value != 0; }
};
// NOLINTEND(modernize-use-nullptr)

TrackId track_id(std::string_view text);
ArtistId artist_id(std::string_view text);
// The user id's hash, with the seed of tracks' ids: stored vectors began in directions made from
// it.
ListenerId listener_id(std::string_view user_id);
SessionId session_id(std::string_view text);
PlayId play_id(std::string_view text);
ListenerMark listener_mark(std::string_view user_id);
// A mark is a day's: a session that goes on past midnight, UTC, has two.
SessionMark session_mark(ListenerId listener, SessionId session, Micros time);
// Whether two sessions may be of one listener: always if they are, else once in 65,536 times.
inline bool same_listener(SessionMark a, SessionMark b) { return a.value >> 16 == b.value >> 16; }
// A genre's or a mood's name, however it is written (`folded`); 0 for none.
std::uint32_t kind_hash(std::string_view name);

inline ItemId item_of(TrackId track) { return ItemId{track.value}; }
inline ItemId item_of(ArtistId artist) { return ItemId{artist.value}; }
inline TrackId as_track(ItemId item) { return TrackId{item.value}; }
inline ArtistId as_artist(ItemId item) { return ArtistId{item.value}; }

// Tells a track from the few it could be, in two bytes; 0: none.
inline std::uint16_t mark_of(TrackId track) {
  return track ? static_cast<std::uint16_t>(track.value % 65'535 + 1) : std::uint16_t{0};
}

// Sixteen lower-case hex digits: an item's key in Kafka and Redis.
std::string item_key(ItemId item);

// Kafka's own key hash (murmur2 of the Java client) and the partition it chooses for a key, so that
// any Kafka client finds a key where we put it. Requires: partitions > 0.
std::uint32_t murmur2(std::string_view key);
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace segue
