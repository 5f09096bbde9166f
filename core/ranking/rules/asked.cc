#include "core/ranking/rules/asked.h"

#include <algorithm>

namespace segue {
namespace {

// Of how alike two tracks are: their genre and mood, beside artist and company.
constexpr float kKindPart = 0.2F;

std::vector<std::pair<ItemModels::Slot, float>> played_after(const ItemModels::Model& seed) {
  std::vector<std::pair<ItemModels::Slot, float>> after;
  float most = 0;
  for (const ItemModels::Link& link : seed.links) most = std::max(most, link.follows);
  for (const ItemModels::Link& link : seed.links) {
    if (link.follows > 0) after.emplace_back(link.slot, link.follows / most);
  }
  std::ranges::sort(after);
  return after;
}

}  // namespace

Asked::Asked(const Query& query) : models_(query.models()) {
  const auto& request = query.listener().request;
  if (!request) return;
  genre_ = request->genre;
  mood_ = request->mood;
  if (request->seed) seed_ = models_.find(item_of(request->seed));
  if (seed_ == ItemModels::kNone) return;
  sketch_ = sketch_of(models_, seed_);
  after_ = played_after(models_[seed_]);
}

float Asked::operator()(ItemModels::Slot track) const {
  const ItemModels::Model& model = models_[track];
  float asked = seed_ == ItemModels::kNone ? 0 : like_seed(track);
  if (genre_ != 0 && model.genre == genre_) asked += 1;
  if (mood_ != 0 && model.mood == mood_) asked += 1;
  return asked;
}

float Asked::like_seed(ItemModels::Slot track) const {
  const auto after =
      std::ranges::lower_bound(after_, track, {}, [](const auto& each) { return each.first; });
  if (after != after_.end() && after->first == track) return 1 + after->second;
  const ItemModels::Model& seed = models_[seed_];
  const ItemModels::Model& model = models_[track];
  const float genre = seed.genre != 0 && seed.genre == model.genre ? 0.5F : 0.0F;
  const float mood = seed.mood != 0 && seed.mood == model.mood ? 0.5F : 0.0F;
  return (1 - kKindPart) * likeness(sketch_of(models_, track), sketch_) +
         kKindPart * (genre + mood);
}

}  // namespace segue
