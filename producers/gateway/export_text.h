#pragma once

#include <string>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/listener.h"
#include "producers/gateway/player.h"

namespace segue::gateway {

// All that Segue keeps of a listener, as JSON for a person: names from the catalogue where it knows
// them, hashes where it does not. `list` is JSON, or empty if there is none.
std::string export_text(const Player& player, const Listener* listener, const std::string& list,
                        const player::HeldCatalog& catalogue);

// What the listener and this track have to do with each other, in sentences.
std::vector<std::string> notes_on(const Listener& listener, TrackId track, ArtistId artist);

}  // namespace segue::gateway
