#include "core/generation/label/disclosure.h"

#include <algorithm>
#include <array>

#include "core/wire/json_text.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kDegrees = {"none", "assisted", "generated"};

}  // namespace

std::string_view name_of(Degree degree) { return kDegrees[static_cast<std::size_t>(degree)]; }

std::optional<Degree> degree_of(std::string_view name) {
  const auto found = std::find(kDegrees.begin(), kDegrees.end(), name);
  if (found == kDegrees.end()) return std::nullopt;
  return static_cast<Degree>(found - kDegrees.begin());
}

AiParts parts_made(const Disclosure& disclosure) {
  AiParts parts = 0;
  unsigned part = 0;
  each_part(disclosure, [&](std::string_view, Degree degree) {
    if (degree != Degree::none) parts |= bit_of(static_cast<AiPart>(part));
    ++part;
  });
  return parts;
}

void append(std::string& json, const Disclosure& disclosure) {
  json::ObjectWriter out(json);
  each_part(disclosure, [&](std::string_view name, Degree degree) {
    if (degree != Degree::none) out.text(name, name_of(degree));
  });
  out.close();
}

}  // namespace segue
