#pragma once

#include <span>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/item/item.h"
#include "core/list/snapshot.h"

// A stored list has no text that only listeners sent: such a text is where its item is, and leaves
// with the last who sent it.
namespace segue::player {

// Items whose names the list needs and the catalogue does not have; each once.
std::vector<ItemId> unnamed(const Snapshot& list, const HeldCatalog& catalogue);

// Gives the list the names that catalogue and items have. A track that neither has is left out, and
// a reason that ends with such a name becomes its source's usual one. Returns of how many tracks
// a name is gone.
std::size_t give_names(Snapshot& list, const HeldCatalog& catalogue, std::span<const Item> items);

}  // namespace segue::player
