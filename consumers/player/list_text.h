#pragma once

#include <string>
#include <string_view>

#include "consumers/player/held_catalog.h"
#include "consumers/player/list.h"
#include "core/wire/json_text.h"

namespace segue::player {

// The list as players read it: the published JSON without the listener's pseudonym, and with what
// the catalogue says of each track (album, length, sound, what a machine made of it). From a
// snapshot there is one reason each. Empty if what was published is no JSON object.
std::string list_text(const List& list, const HeldCatalog& catalogue);

// Appends the track's place in the list, counted from 1, and its reasons where it has any, as
// `list_text` shows them. False, and nothing is appended: the list does not have it.
bool append_place(json::ObjectWriter& out, const List& list, std::string_view track_id);

// In words, why a source proposes a track, where the track's own reason is not at hand.
std::string_view usual_reason(std::string_view source);

}  // namespace segue::player
