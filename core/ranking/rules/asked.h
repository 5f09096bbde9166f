#pragma once

#include <utility>
#include <vector>

#include "core/ranking/query.h"
#include "core/ranking/rules/likeness.h"

namespace segue {

// How much a track is what the listener asked for by genre, mood, and tracks and artists to be like
// or unlike. Lives for one list.
class Asked {
 public:
  explicit Asked(const Query& query);

  // Nothing was asked for that the models know of.
  bool empty() const { return genre_ == 0 && mood_ == 0 && seeds_.empty(); }
  // 1 for the genre, 1 for the mood; for the tracks and artists to be like the mean of how alike it
  // is to each, by weight; less what it has in common with those to be unlike, each by its weight.
  //
  // Alike to a track: 1 to 2 for what listeners played after it, 2 for what they played most; else
  // 0 to 1 by what the two have in common. Alike to an artist: 2 for their tracks, 0 to 1 for those
  // of artists that their listeners play. In common with an artist to be unlike: 2 for their tracks
  // alone.
  float operator()(ItemModels::Slot track) const;
  // The listener wants less of what this is.
  bool is_unlike(ItemModels::Slot track) const;

 private:
  struct Like {
    ItemModels::Slot slot = ItemModels::kNone;
    float weight = 1;
    bool artist = false;
    Sketch sketch = {};                                      // of a track
    std::vector<std::pair<ItemModels::Slot, float>> near{};  // see near_to; by slot, the most is 1
  };
  void add(ItemId item, float weight, bool artist);
  float like(const Like& seed, ItemModels::Slot track) const;
  float like_track(const Like& seed, ItemModels::Slot track) const;
  float shared(const Like& seed, ItemModels::Slot track) const;
  float unlike(ItemModels::Slot track) const;

  const ItemModels& models_;
  std::uint32_t genre_ = 0;
  std::uint32_t mood_ = 0;
  std::vector<Like> seeds_;
  float weights_ = 0;  // of those to be like
};

}  // namespace segue
