#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/filtered.h"

namespace segue {

// A track that some source proposes.
struct Candidate {
  ItemModels::Slot slot = ItemModels::kNone;
  std::uint8_t links = 0;     // how many tracks of the context link to it
  std::uint8_t sessions = 0;  // of others that are like this one and had it
  bool in_order = false;      // followed the latest two tracks, in their order, before
  std::int32_t repeat = -1;   // position in Listener::repeats; -1: new to the listener
  std::array<float, Listener::kSourcesMax> raw{};          // by source; 0: not proposed by it
  std::array<std::uint8_t, Listener::kSourcesMax> from{};  // by source: position in the context
};

// The union of what the sources propose, each track once, in order of first proposal. Kept by its
// owner over many rankings so that its memory is; bounded by `clear(max)`.
class Candidates {
 public:
  // `ai_music` is what the listener wants of tracks that a machine made, `filtered` what their
  // request wants of all (null: nothing): the others do not get in. Requires: `filtered` stands as
  // long as tracks are added.
  void clear(const ItemModels& models, std::size_t max, AiMusic ai_music = {},
             const Filtered* filtered = nullptr);
  // Adds to a track's raw score by a source. Ignored: what cannot be recommended (no model here, an
  // artist, taken down, not wanted), and new tracks once full. Returns the candidate or nullptr.
  Candidate* add(ItemModels::Slot slot, std::size_t source, float raw, std::size_t from = 0);
  // The same of a track that the listener has heard: it need not be one for everybody.
  Candidate* add_heard(ItemModels::Slot slot, std::size_t source, float raw);
  // Forgets the candidates that are not `kept` (by position); the others keep their order. Nothing
  // is added afterwards.
  void keep(const std::vector<bool>& kept);
  // Position of the track or -1.
  std::ptrdiff_t find(ItemModels::Slot slot) const;
  // Whether any source proposed the track, kept or not.
  bool proposed(ItemModels::Slot slot) const {
    return slot < places_.size() && places_[slot].round == round_;
  }

  // Whether any candidate was ever among these of which a machine made a part.
  bool any_made() const { return any_made_; }
  std::size_t size() const { return all_.size(); }
  std::span<const Candidate> all() const { return all_; }
  const Candidate& operator[](std::size_t i) const { return all_[i]; }
  ItemId id(std::size_t i) const { return (*models_)[all_[i].slot].id; }

 private:
  Candidate* add(ItemModels::Slot slot, std::size_t source, float raw, std::size_t from,
                 bool heard);

  static constexpr std::uint32_t kDropped = 0xFFFFFFFF;
  struct Place {
    std::uint32_t round = 0;  // valid only in the round it was written in
    std::uint32_t at = 0;
  };
  const ItemModels* models_ = nullptr;
  std::size_t max_ = 0;
  AiMusic ai_music_;
  const Filtered* filtered_ = nullptr;
  bool any_made_ = false;
  std::uint32_t round_ = 0;
  std::vector<Place> places_;  // by slot
  std::vector<Candidate> all_;
};

}  // namespace segue
