#include "core/ranking/rules/asked.h"

#include <algorithm>

namespace segue {
namespace {

// The part that genre and mood have in how alike two tracks are, beside artist and company.
constexpr float kKindPart = 0.2F;
// From so much on a track is what the listener wants less of.
constexpr float kUnlike = 0.25F;

using NearTracks = std::vector<std::pair<ItemModels::Slot, float>>;

void scale(NearTracks& near) {
  float most = 0;
  for (const auto& [slot, weight] : near) most = std::max(most, weight);
  for (auto& [slot, weight] : near) weight /= most;
  std::ranges::sort(near);
}

// Others by their weights, as far as they have one.
template <class Other>
NearTracks near_of(const std::vector<Other>& others, float Other::*weight) {
  NearTracks near;
  for (const Other& other : others) {
    if (other.*weight > 0) near.emplace_back(other.slot, other.*weight);
  }
  scale(near);
  return near;
}

// The tracks that listeners played after this one, or other artists that an artist's listeners
// play.
NearTracks near_to(const ItemModels::Model& seed, bool artist) {
  return artist ? near_of(seed.related, &ItemModels::Related::weight)
                : near_of(seed.links, &ItemModels::Link::follows);
}

float weight_in(const NearTracks& near, ItemModels::Slot slot) {
  const auto found =
      std::ranges::lower_bound(near, slot, {}, [](const auto& each) { return each.first; });
  return found != near.end() && found->first == slot ? found->second : 0;
}

}  // namespace

Asked::Asked(const Query& query) : models_(query.models()) {
  const auto& request = query.listener().request;
  if (!request) return;
  genre_ = request->genre;
  mood_ = request->mood;
  if (request->seed) add(item_of(request->seed), 1, false);
  for (const Seed& seed : request->seeds) {
    add(seed.track ? item_of(seed.track) : item_of(seed.artist), seed.weight, !seed.track);
  }
}

// An id that the models do not know says nothing.
void Asked::add(ItemId item, float weight, bool artist) {
  const ItemModels::Slot slot = models_.find(item);
  if (slot == ItemModels::kNone) return;
  Like& seed = seeds_.emplace_back();
  seed.slot = slot;
  seed.weight = weight;
  seed.artist = artist;
  seed.near = near_to(models_[slot], artist);
  if (!artist) seed.sketch = sketch_of(models_, slot);
  weights_ += std::max(weight, 0.0F);
}

float Asked::operator()(ItemModels::Slot track) const {
  const ItemModels::Model& model = models_[track];
  float asked = 0;
  for (const Like& seed : seeds_) {
    if (seed.weight > 0) asked += seed.weight * like(seed, track);
  }
  if (weights_ > 1) asked /= weights_;
  if (genre_ != 0 && model.genre == genre_) asked += 1;
  if (mood_ != 0 && model.mood == mood_) asked += 1;
  return asked - unlike(track);
}

bool Asked::is_unlike(ItemModels::Slot track) const { return unlike(track) >= kUnlike; }

float Asked::unlike(ItemModels::Slot track) const {
  float unlike = 0;
  for (const Like& seed : seeds_) {
    if (seed.weight < 0) unlike -= seed.weight * shared(seed, track);
  }
  return unlike;
}

float Asked::like(const Like& seed, ItemModels::Slot track) const {
  if (!seed.artist) return like_track(seed, track);
  const ItemModels::Slot artist = models_[track].artist_slot;
  if (artist == seed.slot) return 2;
  return artist == ItemModels::kNone ? 0 : weight_in(seed.near, artist);
}

float Asked::like_track(const Like& seed, ItemModels::Slot track) const {
  const float after = weight_in(seed.near, track);
  return after > 0 ? 1 + after : shared(seed, track);
}

// How much a track itself has in common with the seed, apart from who plays both.
float Asked::shared(const Like& seed, ItemModels::Slot track) const {
  if (seed.artist) return models_[track].artist_slot == seed.slot ? 2 : 0;
  const ItemModels::Model& liked = models_[seed.slot];
  const ItemModels::Model& model = models_[track];
  const float genre = liked.genre != 0 && liked.genre == model.genre ? 0.5F : 0.0F;
  const float mood = liked.mood != 0 && liked.mood == model.mood ? 0.5F : 0.0F;
  return (1 - kKindPart) * likeness(sketch_of(models_, track), seed.sketch) +
         kKindPart * (genre + mood);
}

}  // namespace segue
