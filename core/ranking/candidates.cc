#include "core/ranking/candidates.h"

#include <algorithm>

namespace segue {

void Candidates::clear(const ItemModels& models, std::size_t max, AiMusic ai_music,
                       const Filtered* filtered) {
  models_ = &models;
  max_ = max;
  ai_music_ = ai_music;
  filtered_ = filtered;
  any_made_ = false;
  all_.clear();
  if (places_.size() < models.slots()) places_.resize(models.slots() + models.slots() / 4);
  if (++round_ == 0) {  // after 4 billion rankings the old rounds would look valid again
    std::fill(places_.begin(), places_.end(), Place{});
    round_ = 1;
  }
}

Candidate* Candidates::add(ItemModels::Slot slot, std::size_t source, float raw, std::size_t from) {
  return add(slot, source, raw, from, false);
}

Candidate* Candidates::add_heard(ItemModels::Slot slot, std::size_t source, float raw) {
  return add(slot, source, raw, 0, true);
}

Candidate* Candidates::add(ItemModels::Slot slot, std::size_t source, float raw, std::size_t from,
                           bool heard) {
  if (slot >= places_.size()) return nullptr;
  Place& place = places_[slot];
  if (place.round != round_) {
    if (all_.size() >= max_) return nullptr;
    if (heard ? !models_->can_be_repeated(slot) : !models_->can_be_recommended(slot))
      return nullptr;
    const AiParts made = models_->made(slot);
    if (!ai_music_.allows(made)) return nullptr;
    if (filtered_ != nullptr && !filtered_->has((*models_)[slot])) return nullptr;
    any_made_ = any_made_ || made != 0;
    place = {round_, static_cast<std::uint32_t>(all_.size())};
    all_.emplace_back().slot = slot;
  }
  Candidate& candidate = all_[place.at];
  if (candidate.raw[source] == 0) candidate.from[source] = static_cast<std::uint8_t>(from);
  candidate.raw[source] += raw;
  return &candidate;
}

std::ptrdiff_t Candidates::find(ItemModels::Slot slot) const {
  if (!proposed(slot) || places_[slot].at == kDropped) return -1;
  return places_[slot].at;
}

void Candidates::keep(const std::vector<bool>& kept) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Place& place = places_[all_[i].slot];
    if (!kept[i]) {
      place.at = kDropped;
      continue;
    }
    place.at = static_cast<std::uint32_t>(to);
    if (to != i) all_[to] = all_[i];
    ++to;
  }
  all_.resize(to);
}

}  // namespace segue
