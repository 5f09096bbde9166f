#include "core/ids.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "core/words/fold.h"

namespace segue {
namespace {

// Artists are hashed with a seed of their own, so that a track and an artist of one text differ.
constexpr std::uint64_t kTrackSeed = 0;
constexpr std::uint64_t kArtistSeed = 1;

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  if (text.empty()) return 0;
  const std::uint64_t h = XXH3_64bits_withSeed(text.data(), text.size(), seed);
  return h == 0 ? 1 : h;  // 0 is kept for "none"
}

}  // namespace

TrackId track_id(std::string_view text) { return {hash(text, kTrackSeed)}; }
ArtistId artist_id(std::string_view text) { return {hash(text, kArtistSeed)}; }
ListenerId listener_id(std::string_view user_id) { return {hash(user_id, kTrackSeed)}; }
SessionId session_id(std::string_view text) { return {hash(text, 2)}; }
PlayId play_id(std::string_view text) { return {hash(text, 3)}; }
ListenerMark listener_mark(std::string_view user_id) { return {hash(user_id, 4)}; }

// The upper half is the listener's, so that all of theirs can leave together. A day is a session's
// longest: many apps, and all that submit listens, call every session the same.
SessionMark session_mark(ListenerId listener, SessionId session, Micros time) {
  const auto day = static_cast<std::uint64_t>(time / kDay);
  const std::array<std::uint64_t, 3> whole{listener.value, session.value, day};
  const auto low = static_cast<std::uint32_t>(XXH3_64bits(whole.data(), sizeof whole) & 0xFFFF);
  return {static_cast<std::uint32_t>(listener.value >> 48) << 16 | std::max(low, 1U)};
}

std::uint32_t kind_hash(std::string_view name) {
  const std::string one = folded(name);
  return one.empty() ? 0 : static_cast<std::uint32_t>(track_id(one).value) | 1;
}

std::string item_key(ItemId item) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string key(16, '0');
  for (std::size_t i = 0; i < 16; ++i) key[i] = kDigits[(item.value >> (60 - 4 * i)) & 0xF];
  return key;
}

// MurmurHash2 (Austin Appleby, 2008) with the seed and tail order of Kafka's Java client.
std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t kMix = 0x5bd1e995;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i]));
  };
  std::uint32_t h = 0x9747b28c ^ static_cast<std::uint32_t>(key.size());
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kMix;
    k ^= k >> 24;
    k *= kMix;
    h = (h * kMix) ^ k;
  }
  switch (key.size() - i) {
    case 3:
      h ^= byte(i + 2) << 16;
      [[fallthrough]];
    case 2:
      h ^= byte(i + 1) << 8;
      [[fallthrough]];
    case 1:
      h ^= byte(i);
      h *= kMix;
      break;
    default:
      break;
  }
  h ^= h >> 13;
  h *= kMix;
  h ^= h >> 15;
  return h;
}

std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  return static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace segue
