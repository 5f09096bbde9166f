#pragma once

#include "core/item.h"
#include "core/item_signal.h"
#include "core/tuning.h"

namespace segue {

// Learns what one signal says of an item: pure, O(neighbours), no allocation once the item is full.
// The first signal makes the item. Requires: signal.item is the item's id, or the item is new.
void learn(Item& item, const ItemSignal& signal, const Tuning& tuning);

}  // namespace segue
