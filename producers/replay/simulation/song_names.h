#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Names for a made-up catalogue, from small lists of words. Pure: the same numbers, the same name.
namespace segue::song_names {

inline constexpr std::uint32_t kGenres = 10;
inline constexpr std::uint32_t kMoods = 5;

std::string_view genre(std::uint32_t genre);
std::string_view mood(std::uint32_t mood);
// Two words that listeners use for tracks of a genre.
std::string_view genre_tag(std::uint32_t genre, std::uint32_t which);

// Different for every `number` of a seed: "The Quiet Harbour", "Ada Lindqvist".
std::string artist(std::uint64_t seed, std::uint32_t number);
// "Paper Lanterns". Different songs may share a title, as they do.
std::string title(std::uint64_t seed, std::uint32_t number);
std::string album(std::uint64_t seed, std::uint32_t number);

}  // namespace segue::song_names
