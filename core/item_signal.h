#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

enum class SignalKind : std::uint8_t {
  played = 0,     // `item` was listened to; `other` is its artist
  skipped = 1,    // `item` was skipped; `other` is its artist
  followed = 2,   // `other` was listened to `distance` listens after `item`
  of_artist = 3,  // `other` was listened to; `item` is its artist
};

// What one event says of one item. Which signals an event causes, and so their number and
// partitions, depends on the input log alone, never on a model.
struct ItemSignal {
  std::int64_t offset = 0;  // of the event
  SignalKind kind = SignalKind::played;
  ItemId item;
  ItemId other;
  std::uint8_t distance = 0;  // followed: 1 to 5
  Micros time = 0;
  std::string name;  // wire id of `item` with played, skipped and of_artist; else empty
  bool operator==(const ItemSignal&) const = default;
};

// All signals that the events [first, next) of one input partition cause for the items of one
// partition of segue.item-signals.v1, in order. One record is one of these.
struct SignalBatch {
  // A batch of 1,024 events, the most a turn takes, stays below the record limit of Kafka.
  static constexpr std::size_t kSignalsMax = 8'192;

  std::string source;          // input topic and its incarnation, "segue.events.v1@<hex>"
  std::int32_t partition = 0;  // of the input
  std::int64_t first = 0;
  std::int64_t next = 0;
  std::vector<ItemSignal> signals;
  bool operator==(const SignalBatch&) const = default;
};

// The format stands in schemas/blobs.md; decoding as for listeners (listener.h).
std::string encode(const SignalBatch& batch);
Result<SignalBatch> decode_signal_batch(std::string_view blob);

}  // namespace segue
