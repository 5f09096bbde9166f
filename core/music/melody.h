#pragma once

#include <vector>

#include "core/generation/wish/specification.h"
#include "core/music/counts.h"
#include "core/music/plan.h"
#include "core/music/score.h"

namespace segue::music {

// The chord that sounds at this tick. Requires: chords in order, the first at or before `at`.
const Chord& chord_at(const std::vector<Chord>& chords, std::int32_t at);

// The tune over the plan's chords, for this instrument: rhythms and intervals are drawn from the
// corpora, weighed by chord, range and the phrase's arch. A letter that comes back brings its tune
// back, varied. Ends on the tonic, held.
std::vector<Note> melody_of(const Specification& specification, const Plan& plan,
                            const Counts& counts, const Instrument& player);

// Divides a bar: slots that notes may begin in.
struct Grid {
  int slots = 16;
  std::int32_t slot_ticks = 120;
  explicit Grid(Metre metre)
      : slots(metre.triplets ? metre.beats * 3 : metre.beats * 4),
        slot_ticks(metre.triplets ? 160 : 120) {}
  int per_beat() const { return 480 / slot_ticks; }
  // 2: the bar begins, 1: a beat does, 0: between.
  int strength(int slot) const { return slot == 0 ? 2 : slot % per_beat() == 0 ? 1 : 0; }
  // How much later than written a slot sounds when beats swing: `swing` per cent of a beat are
  // before its second half.
  std::int32_t swung(int slot, int swing) const {
    if (per_beat() != 4 || slot % 4 < 2) return 0;
    return (swing - 50) * 480 / 100 / (slot % 4 == 2 ? 1 : 2);
  }
};

}  // namespace segue::music
