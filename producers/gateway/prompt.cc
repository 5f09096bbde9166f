#include "producers/gateway/prompt.h"

#include <string_view>

namespace segue::gateway {
namespace {

// What is read of a prompt.
constexpr std::size_t kPromptBytesMax = 2'000;

bool says(const simdjson::dom::object& wishes, std::string_view name) {
  simdjson::dom::element value;
  return wishes.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null();
}

}  // namespace

Prompted read_prompt(const simdjson::dom::object& wishes, const player::HeldCatalog& catalogue) {
  std::string_view prompt;
  if (wishes.at_key("prompt").get(prompt) != simdjson::SUCCESS) return {};
  prompt = prompt.substr(0, kPromptBytesMax);
  return {.genre = says(wishes, "genre") ? nullptr : catalogue.genres().named_in(prompt),
          .mood = says(wishes, "mood") ? nullptr : catalogue.moods().named_in(prompt)};
}

}  // namespace segue::gateway
