#include "producers/gateway/log/prompt.h"

namespace segue::gateway {
namespace {

bool says(const simdjson::dom::object& wishes, std::string_view name) {
  simdjson::dom::element value;
  return wishes.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null();
}

// A prompt's genre would be against the filter's.
bool names_genre(const simdjson::dom::object& wishes) {
  simdjson::dom::object filter;
  return says(wishes, "genre") ||
         (wishes.at_key("filter").get(filter) == simdjson::SUCCESS && says(filter, "genres"));
}

}  // namespace

std::string_view first_characters(std::string_view utf8, std::size_t count) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(utf8[i]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) return utf8.substr(0, i);
  }
  return utf8;
}

Prompted read_prompt(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue) {
  std::string_view prompt;
  if (wishes.at_key("prompt").get(prompt) != simdjson::SUCCESS) return {};
  const player::Words words(first_characters(prompt, kPromptCharactersMax));
  return {.genre = names_genre(wishes) ? nullptr : catalogue.genres().named_in(words),
          .mood = says(wishes, "mood") ? nullptr : catalogue.moods().named_in(words)};
}

Prompted wished_kinds(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue) {
  Prompted kinds = read_prompt(wishes, catalogue);
  std::string_view said;
  if (wishes.at_key("genre").get(said) == simdjson::SUCCESS)
    kinds.genre = catalogue.genres().find(said);
  if (wishes.at_key("mood").get(said) == simdjson::SUCCESS)
    kinds.mood = catalogue.moods().find(said);
  return kinds;
}

}  // namespace segue::gateway
