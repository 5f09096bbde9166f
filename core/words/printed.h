#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Titles and artists' names as people read them, and ids that are made of them.
namespace segue {

// A title or an artist's name as it is kept for readers: longer ones are cut between characters.
inline constexpr std::size_t kTitleBytesMax = 200;

// One line with single blanks, without what commands a terminal or turns the direction of reading.
// Empty where nothing can be seen.
std::string display_text(std::string_view text);

// Whether anything of it can be seen: neither blanks nor what has no width alone.
bool is_visible(std::string_view text);

// Identifies a recording by artist and title as printed, for histories that carry no id of ours:
// one song however a client prints it (`folded`).
std::uint64_t printed_hash(std::string_view artist, std::string_view title);
// The wire ids of a song, and of an artist, that are known by their names alone: "name:" and the
// hash.
std::string made_track_id(std::string_view artist, std::string_view title);
std::string made_artist_id(std::string_view artist);
// Whether an id is made of names.
bool is_made_id(std::string_view id);
// Whether an id says nothing to a reader: one made of names, or MusicBrainz's ("mbid:").
bool is_opaque_id(std::string_view id);

}  // namespace segue
