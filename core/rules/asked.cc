#include "core/rules/asked.h"

#include <algorithm>

namespace segue {
namespace {

// Of how alike two tracks are: their genre and mood, beside artist and company.
constexpr float kKindPart = 0.2F;

}  // namespace

Asked::Asked(const Query& query) : models_(query.models()) {
  const auto& request = query.listener().request;
  if (!request) return;
  genre_ = request->genre;
  mood_ = request->mood;
  if (request->seed) seed_ = models_.find(item_of(request->seed));
  if (seed_ != ItemModels::kNone) sketch_ = sketch_of(models_, seed_);
}

float Asked::operator()(ItemModels::Slot track) const {
  const ItemModels::Model& model = models_[track];
  float asked = 0;
  if (genre_ != 0 && model.genre == genre_) asked += 1;
  if (mood_ != 0 && model.mood == mood_) asked += 1;
  if (seed_ == ItemModels::kNone) return asked;
  const ItemModels::Model& seed = models_[seed_];
  const float genre = seed.genre != 0 && seed.genre == model.genre ? 0.5F : 0.0F;
  const float mood = seed.mood != 0 && seed.mood == model.mood ? 0.5F : 0.0F;
  return asked + (1 - kKindPart) * likeness(sketch_of(models_, track), sketch_) +
         kKindPart * (genre + mood);
}

}  // namespace segue
