#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/ids.h"
#include "core/item/item_signal.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

// A trainer's partition's memory beside its items, written in the same atomic call: from
// which input offsets it has learned, and which items changed since their model was broadcast.
class Coverage {
 public:
  static constexpr std::size_t kSourcesMax = 4'096;
  static constexpr std::size_t kPendingMax = 65'536;

  // The first offset of the batch whose signals are new here; batch.next if none is. A replay cuts
  // batches differently, so part of a batch may be known.
  std::int64_t new_from(const SignalBatch& batch) const;
  // All of the batch has been learned. False if there are too many sources to remember.
  bool cover(const SignalBatch& batch);

  // An item's model changed and has to be broadcast.
  void changed(ItemId item) { pending_.insert(item); }
  // Changed items that may be broadcast now; all of them once there are kPendingMax.
  std::vector<ItemId> due(Micros now) const;
  // It was; it may be again from `again` on.
  void broadcast(ItemId item, Micros again);
  // Forgets broadcasts that no longer hold anything back. Keeps memory to an interval's worth.
  void forget_broadcasts(Micros now);

  std::size_t pending() const { return pending_.size(); }
  const std::set<ItemId>& pending_items() const { return pending_; }

 private:
  friend std::string encode(const Coverage&);
  friend Result<Coverage> decode_coverage(std::string_view);

  std::map<std::pair<std::string, std::int32_t>, std::int64_t> covered_;
  std::set<ItemId> pending_;
  std::map<ItemId, Micros> again_;  // not before; not stored: a new owner may broadcast at once
};

// The format stands in schemas/blobs.md; decoding as for listeners (listener.h).
std::string encode(const Coverage& coverage);
Result<Coverage> decode_coverage(std::string_view blob);

}  // namespace segue
