#pragma once

#include <span>
#include <string>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/item/item.h"
#include "core/list/snapshot.h"
#include "core/listener/listener.h"
#include "producers/gateway/routes/player.h"

namespace segue::gateway {

// The stored parts of a listener; null: nothing.
struct Kept {
  const Listener* listener = nullptr;
  const Snapshot* list = nullptr;
  std::span<const Item> items = {};  // of those that `unnamed` found, what is kept
};

// Tracks and artists in the listener's state that the catalogue does not have; each once.
std::vector<ItemId> unnamed(const Listener& listener, const player::HeldCatalog& catalogue);

// All of it as JSON for a person: tracks by what the catalogue knows of them, else by what their
// items and the list say, else by their hash.
std::string export_text(const Player& player, const Kept& kept,
                        const player::HeldCatalog& catalogue);

// The listener's history with this track, in sentences.
std::vector<std::string> notes_on(const Listener& listener, TrackId track, ArtistId artist);

}  // namespace segue::gateway
