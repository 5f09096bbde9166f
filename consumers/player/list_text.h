#pragma once

#include <string>
#include <string_view>

#include "consumers/player/held_catalog.h"
#include "consumers/player/list.h"

namespace segue::player {

// The list as players read it: the published JSON without the listener's pseudonym, and with what
// the catalogue says of each track (album, length, sound, what a machine made of it). From a
// snapshot there is one reason each. Empty if what was published is no JSON object.
std::string list_text(const List& list, const HeldCatalog& catalogue);

// In words, why a source proposes a track, where the track's own reason is not at hand.
std::string_view usual_reason(std::string_view source);

}  // namespace segue::player
