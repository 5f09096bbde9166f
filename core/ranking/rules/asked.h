#pragma once

#include <utility>
#include <vector>

#include "core/ranking/query.h"
#include "core/ranking/rules/likeness.h"

namespace segue {

// How much a track is what the listener asked for by genre, mood or a track to be like. Lives for
// one list.
class Asked {
 public:
  explicit Asked(const Query& query);

  // Nothing was asked for that the models know of.
  bool empty() const { return genre_ == 0 && mood_ == 0 && seed_ == ItemModels::kNone; }
  // 1 for the genre, 1 for the mood. For the track to be like: 1 to 2 for what listeners played
  // after it, 2 for what they played most; else 0 to 1 by what the two have in common.
  float operator()(ItemModels::Slot track) const;

 private:
  float like_seed(ItemModels::Slot track) const;

  const ItemModels& models_;
  std::uint32_t genre_ = 0;
  std::uint32_t mood_ = 0;
  ItemModels::Slot seed_ = ItemModels::kNone;
  Sketch sketch_;                                          // of the seed
  std::vector<std::pair<ItemModels::Slot, float>> after_;  // the seed, by slot; the most is 1
};

}  // namespace segue
