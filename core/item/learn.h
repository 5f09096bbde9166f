#pragma once

#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/tuning.h"

namespace segue {

// The fate of a signal.
enum class Learned : std::uint8_t {
  taught,
  // There is no such item, and only a play makes one: what somebody skipped or liked without
  // hearing it is no business of others.
  ignored,
  refused,  // it names another text of the same hash, or another kind of item
};

// Learns what one signal says of an item: pure, O(neighbours), no allocation once the item is full.
// The first play makes the item, and it is gone (is_gone) once no listener who heard it remembers
// it, unless it was common. Called once for each of items_of(signal). Requires: signal.item is the
// item's id, or the item is new, or it is one of those that were left.
Learned learn(Item& item, const ItemSignal& signal, const Tuning& tuning);

}  // namespace segue
