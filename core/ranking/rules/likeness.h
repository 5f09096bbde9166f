#pragma once

#include <bitset>

#include "core/models/item_models.h"

namespace segue {

// A track's likeness, by which it is compared: its artist, and a sketch of the tracks that go with
// it (a Bloom filter of its strongest neighbours and itself), so that two are compared in
// nanoseconds.
struct Sketch {
  static constexpr std::size_t kNeighboursMax = 8;

  std::uint64_t artist = 0;  // 0: unknown, and like no other
  std::bitset<256> company;  // about 3 % of two unrelated tracks' bits meet by chance
  std::size_t size = 0;      // bits set
};
Sketch sketch_of(const ItemModels& models, ItemModels::Slot slot);

// 0 (nothing in common) to 1 (one artist and the same company).
float likeness(const Sketch& a, const Sketch& b);

}  // namespace segue
