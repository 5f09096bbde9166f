#pragma once

#include "core/query.h"
#include "core/rules/likeness.h"

namespace segue {

// How much a track is what the listener asked for by genre, mood or a track to be like. Lives for
// one list.
class Asked {
 public:
  explicit Asked(const Query& query);

  // Nothing was asked for that the models know of.
  bool empty() const { return genre_ == 0 && mood_ == 0 && seed_ == ItemModels::kNone; }
  // 0 (not at all) to 1 for each of the three.
  float operator()(ItemModels::Slot track) const;

 private:
  const ItemModels& models_;
  std::uint32_t genre_ = 0;
  std::uint32_t mood_ = 0;
  ItemModels::Slot seed_ = ItemModels::kNone;
  Sketch sketch_;  // of the seed
};

}  // namespace segue
