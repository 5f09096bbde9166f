#include <algorithm>

#include "core/generation/job.h"
#include "core/models/item_models.h"

// The catalogue's words on a track beside its names: its kind of music, and what a machine made
// of it.
namespace segue {

std::span<const ItemModels::Slot> ItemModels::shelf(std::uint32_t genre, std::uint32_t mood) const {
  const auto found = shelves_.find(std::uint64_t{genre} << 32 | mood);
  return found == shelves_.end() ? std::span<const Slot>{} : found->second;
}

// Puts a new track where those will look who ask for its artist or its kind of music.
void ItemModels::shelve(Slot slot) {
  const Model& model = slots_[slot];
  const auto add = [&](std::vector<Slot>& all) {
    if (std::find(all.begin(), all.end(), slot) != all.end()) return;
    if (all.size() == kShelfMax) all.erase(all.begin());
    all.push_back(slot);
  };
  if (model.artist_slot != kNone) add(slots_[model.artist_slot].unplayed);
  const std::uint64_t kind = std::uint64_t{model.genre} << 32 | model.mood;
  if (kind == 0 || (shelves_.size() == kShelvesMax && !shelves_.contains(kind))) return;
  add(shelves_[kind]);
}

// Where those will look who ask for a genre or a mood by its name, once it is known and held.
void ItemModels::shelve_by_kind(Slot slot) {
  if (!slots_[slot].held) return;
  const auto add = [&](std::uint64_t kind) {
    if (kinds_.size() == kShelvesMax && !kinds_.contains(kind)) return;
    std::vector<Slot>& all = kinds_[kind];
    if (std::find(all.begin(), all.end(), slot) != all.end()) return;
    if (all.size() == kKindMax) all.erase(all.begin());
    all.push_back(slot);
  };
  const Model& model = slots_[slot];
  if (model.genre != 0) add(model.genre | kGenres);
  if (model.mood != 0) add(model.mood | kMoods);
}

std::span<const ItemModels::Slot> ItemModels::kind(std::uint64_t key) const {
  const auto found = kinds_.find(key);
  return found == kinds_.end() ? std::span<const Slot>{} : found->second;
}

const Disclosure* ItemModels::label(Slot slot) const {
  if (made(slot) == 0) return nullptr;
  const auto found = labels_.find(slots_[slot].id.value);
  return found == labels_.end() ? nullptr : &found->second;
}

// A composed track says what it is by its id, should its entry not say.
void ItemModels::put_label(TrackId track, const CatalogEntry& entry) {
  const bool ours = is_composed_id(entry.track_id);
  const Disclosure label = entry.ai.value_or(ours ? kComposedLabel : Disclosure{});
  composed_.put(item_of(track), entry.wish);
  if (const Slot known = find(item_of(track)); known != kNone) {
    slots_[known].made = parts_made(label);
  }
  if (parts_made(label) == 0) {
    labels_.erase(track.value);
  } else if (labels_.size() < kCatalogueMax * held_max_ || labels_.contains(track.value)) {
    labels_[track.value] = label;
  } else {
    take_down(track);
  }
}

}  // namespace segue
