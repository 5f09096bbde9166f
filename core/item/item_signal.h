#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/listener/listener.h"
#include "core/math/vector.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

enum class SignalKind : std::uint8_t {
  played = 0,     // `item` was listened to; `other` is its artist
  skipped = 1,    // `item` was skipped; `other` is its artist
  followed = 2,   // `other` was listened to `distance` listens after `item`
  of_artist = 3,  // `other` was listened to; `item` is its artist
  led_to = 4,     // `item` is an artist, `other` the artist heard `distance` listens later
  left = 5,       // `who` remembers none of the items in `before` any more; `item` is none
};

// One event's statement about one item. Which signals an event causes, and so their number and
// partitions, depends on the input log alone, never on a model.
struct ItemSignal {
  static constexpr std::size_t kBeforeMax = 10;
  // All that a listener remembers: an erasure ends it at once.
  static constexpr std::size_t kLeftMax = Listener::kRepeatsMax + Listener::kArtistsMax;

  std::int64_t offset = 0;  // of the event
  SignalKind kind = SignalKind::played;
  ItemId item = {};
  ItemId other = {};
  std::uint8_t distance = 0;  // followed, led_to: from 1
  bool first = false;         // played, of_artist: the listener had not heard the item before
  Micros time = 0;
  std::string name;  // wire id of `item` with played, skipped and of_artist; else empty
  // The items that the listener heard before, latest first: tracks with played, artists with
  // of_artist; with followed at distance 1 the track before `item`, if there was one. With left all
  // the items.
  std::vector<ItemId> before = {};
  Vector listener = {};    // the listener's vector with played and of_artist
  ListenerMark who = {};   // with played, of_artist and left
  std::string title = {};  // with played and of_artist: what the listener's client calls the item
  float weight = 1;  // share of a whole listen, 0 to 1; see influence.h. Of skipped and left: 1
  // With played the session, if the play has a place in one that teaches; with left any of the
  // listener's.
  SessionMark session = {};
  bool operator==(const ItemSignal&) const = default;
};

// The longest text that names where signals come from.
constexpr std::size_t kSourceBytesMax = 320;

// All signals that the events [first, next) of one input partition cause for the items of one
// partition of segue.item-signals.v1, in order. One record is one of these.
struct SignalBatch {
  // The most that one event makes: played, of_artist, ten followed, three led_to, left.
  static constexpr std::size_t kSignalsOfEventMax = 16;
  // A batch of 1,024 events, the most a turn takes, stays below the topic's record limit.
  static constexpr std::size_t kSignalsMax = 1'024 * kSignalsOfEventMax;

  std::string source;          // input topic and its incarnation, "segue.events.v1@<hex>"
  std::int32_t partition = 0;  // of the input
  std::int64_t first = 0;
  std::int64_t next = 0;
  std::vector<ItemSignal> signals;
  bool operator==(const SignalBatch&) const = default;
};

// The items that a signal is of: those of `left`, else one.
inline std::span<const ItemId> items_of(const ItemSignal& signal) {
  if (signal.kind == SignalKind::left) return signal.before;
  return {&signal.item, 1};
}

// The format stands in schemas/blobs.md; decoding as for listeners (listener.h).
std::string encode(const SignalBatch& batch);
Result<SignalBatch> decode_signal_batch(std::string_view blob);

}  // namespace segue
