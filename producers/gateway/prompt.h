#pragma once

#include <simdjson.h>

#include <string>

#include "consumers/player/held_catalog.h"

namespace segue::gateway {

// What a request's prompt adds to its wishes: the genre and the mood of the catalogue that it
// names, each as far as the request does not say one itself. Null: none. Valid until the catalogue
// changes.
struct Prompted {
  const std::string* genre = nullptr;
  const std::string* mood = nullptr;
};
Prompted read_prompt(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue);

}  // namespace segue::gateway
