#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "consumers/player/held_catalog.h"

namespace segue::gateway {

// No more of a prompt is read, nor more words than player::Words takes.
inline constexpr std::size_t kPromptCharactersMax = 2'000;

// The text's first characters, at most so many; UTF-8.
std::string_view first_characters(std::string_view utf8, std::size_t count);

// The additions of a request's prompt to its wishes: the genre and the mood of the catalogue that
// it names, each as far as the request does not say one itself. Null: none. Valid until the
// catalogue changes.
struct Prompted {
  const std::string* genre = nullptr;
  const std::string* mood = nullptr;
};
Prompted read_prompt(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue);

// The same, and what the request says itself as the catalogue writes it: "ÉLECTRONIQUE" as
// "Électronique". Null: what it says, if anything, no track has.
Prompted wished_kinds(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue);

}  // namespace segue::gateway
