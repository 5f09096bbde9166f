#include "core/ranking/rules/likeness.h"

#include <algorithm>

namespace segue {
namespace {

// Two tracks of one artist are alike, two that are played together somewhat; both count.
constexpr float kArtistPart = 0.6F;
// Spreads dense slots over the bits (Fibonacci hashing; Knuth, 1973): the upper eight are taken.
constexpr std::uint32_t kSpread = 2'654'435'769U;

}  // namespace

Sketch sketch_of(const ItemModels& models, ItemModels::Slot slot) {
  const ItemModels::Model& model = models[slot];
  Sketch sketch{.artist = model.artist.value, .company = {}, .size = 0};
  const auto add = [&](ItemModels::Slot each) { sketch.company.set((each * kSpread) >> 24U); };
  add(slot);
  const std::size_t neighbours = std::min(model.links.size(), Sketch::kNeighboursMax);
  for (std::size_t i = 0; i < neighbours; ++i) add(model.links[i].slot);
  sketch.size = sketch.company.count();
  return sketch;
}

float likeness(const Sketch& a, const Sketch& b) {
  const float artist = a.artist != 0 && a.artist == b.artist ? kArtistPart : 0;
  const auto shared = static_cast<float>((a.company & b.company).count());
  return artist + (1 - kArtistPart) * shared / static_cast<float>(std::min(a.size, b.size));
}

}  // namespace segue
