#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "core/music/accompaniment.h"
#include "core/music/melody.h"

namespace segue::music {
namespace {

// Lanes as count.py numbers them, and General MIDI's drum for each.
enum Lane : std::uint8_t { kKick, kSnare, kClosed, kOpen, kRide, kCrash, kLow, kMid, kHigh };
constexpr std::array<std::uint8_t, 9> kDrumOf = {36, 38, 42, 46, 51, 49, 43, 47, 50};

constexpr std::uint32_t bit(Lane lane) { return 1U << lane; }

using Pattern = std::vector<std::uint32_t>;  // lanes as bits, for each slot of a bar

class Drummer {
 public:
  Drummer(const Ground& ground, const Counts& counts)
      : ground_(ground),
        plan_(ground.plan),
        style_(style_of(ground.piece.genre)),
        counts_(counts),
        draws_(ground.piece.seed ^ 0x6472756D73ULL),
        feel_(plan_.metre.triplets ? "jazz" : std::string(style_.feel)),
        counted_(!feel_.empty() && plan_.metre.beats == 4),
        slots_(counted_ && feel_ == "jazz" ? 12 : plan_.metre.beats * 4),
        slot_ticks_(plan_.metre.beats * kTicksPerQuarter / slots_) {}

  std::vector<Note> written() {
    std::array<std::array<Pattern, 2>, 128> grooves = {};
    for (const Section& section : plan_.sections) {
      auto& groove = grooves[static_cast<std::size_t>(section.letter)];
      if (groove[0].empty()) {
        groove[0] = bar_like({});
        groove[1] = bar_like(groove[0]);
      }
      for (std::int32_t i = 0; i < section.bars; ++i) {
        const bool fills = i + 1 == section.bars && section.bars >= 4;
        Pattern bar = groove[static_cast<std::size_t>(i % 2)];
        if (fills) bar = with_fill(std::move(bar));
        if (i == 0 && section.bar > 0) bar[0] |= bit(kCrash);
        play(bar, section.bar + i);
      }
    }
    hit(kKick, plan_.last, 80);
    hit(energy_of(ground_.piece) < 40 && style_.feel == "jazz" ? kRide : kCrash, plan_.last, 76);
    return std::move(notes_);
  }

 private:
  Pattern bar_like(const Pattern& before) {
    if (!counted_) return machine();
    if (feel_ == "jazz") return swing();
    const CountTable& table = counts_.table("drums." + feel_);
    Pattern bar(static_cast<std::size_t>(slots_));
    std::uint32_t last = 0;
    for (int slot = 0; slot < slots_; ++slot) {
      const auto at = static_cast<std::size_t>(slot);
      const std::uint32_t bar_ago = before.empty() ? 0 : before[at];
      const std::array<std::uint32_t, 3> whole = {bar_ago, last, static_cast<std::uint32_t>(slot)};
      const std::span<const std::uint32_t> context(whole);
      const auto drawn = table.draw(before.empty() ? context.subspan(1) : context, draws_,
                                    [&](std::uint32_t lanes) { return welcome(lanes, slot); });
      bar[at] = drawn ? *drawn : 0;
      last = bar[at];
    }
    return bar;
  }

  // The backbeat stands; what is between is the drummer's, the more the higher the energy.
  std::uint32_t welcome(std::uint32_t lanes, int slot) const {
    const bool kick = (lanes & bit(kKick)) != 0;
    const bool snare = (lanes & bit(kSnare)) != 0;
    if (slot == 0 && (!kick || snare)) return 5;
    if (slot % 8 == 4 && (!snare || kick)) return 10;
    const int energy = energy_of(ground_.piece);
    if ((lanes & (bit(kCrash) | bit(kLow) | bit(kMid) | bit(kHigh))) != 0) return 40;
    if (slot % 2 == 1 && lanes != 0) return static_cast<std::uint32_t>(60 + 7 * energy);
    if (slot % 8 != 4 && snare) return static_cast<std::uint32_t>(100 + 2 * energy);
    return 1'000;
  }

  // Ride and pedal as every player of jazz has them; kick and snare talk, from the corpora.
  Pattern swing() {
    Pattern bar(12);
    const CountTable& table = counts_.table("drums.jazz");
    for (int slot = 0; slot < 12; ++slot) {
      const std::array<std::uint32_t, 1> context = {static_cast<std::uint32_t>(slot)};
      const auto drawn = table.draw(context, draws_, [](std::uint32_t) { return 1'000U; });
      const int busy = 250 + 4 * energy_of(ground_.piece);
      const std::uint32_t talk =
          drawn && draws_.chance(busy) ? *drawn & (bit(kKick) | bit(kSnare)) : 0;
      const bool rides = slot % 3 == 0 || slot == 5 || slot == 11;
      bar[static_cast<std::size_t>(slot)] =
          talk | (rides ? bit(kRide) : 0U) | (slot % 6 == 3 ? bit(kClosed) : 0U);
    }
    return bar;
  }

  // Four on the floor; in three, a waltz.
  Pattern machine() {
    Pattern bar(static_cast<std::size_t>(slots_));
    const int energy = energy_of(ground_.piece);
    const bool dance = ground_.piece.genre == Genre::electronic;
    for (int slot = 0; slot < slots_; ++slot) {
      std::uint32_t& lanes = bar[static_cast<std::size_t>(slot)];
      const int beat = slot / 4;
      if (slot % 4 == 0 && (dance || beat == 0)) lanes |= bit(kKick);
      if (slot % 4 == 0 && beat % 2 == 1 && plan_.metre.beats != 3) lanes |= bit(kSnare);
      if (slot % 4 == 0 && beat > 0 && plan_.metre.beats == 3) lanes |= bit(kClosed);
      if (dance && slot % 4 == 2) lanes |= bit(kOpen);
      if (dance && slot % 2 == 1 && draws_.chance(4 * energy)) lanes |= bit(kClosed);
      if (!dance && slot % 4 == 2 && energy > 30) lanes |= bit(kClosed);
    }
    return bar;
  }

  Pattern with_fill(Pattern bar) {
    // The last two beats; toms from high to low, or what drummers fill with.
    const int energy = energy_of(ground_.piece);
    const int first = slots_ - (energy > 60 ? slots_ / 2 : slots_ / 4);
    for (int slot = first; slot < slots_; ++slot) {
      const int done = (slot - first) * 3 / std::max(slots_ - first, 1);
      constexpr std::array<Lane, 3> kTurn = {kSnare, kHigh, kLow};
      const bool sounds = slot % 2 == 0 || draws_.chance(200 + 6 * energy);
      if (sounds && energy > 20)
        bar[static_cast<std::size_t>(slot)] = bit(kTurn[static_cast<std::size_t>(done)]);
    }
    return bar;
  }

  void play(const Pattern& bar, std::int32_t number) {
    const std::int32_t start = number * plan_.metre.beats * kTicksPerQuarter;
    for (int slot = 0; slot < slots_; ++slot) {
      const std::int32_t at = start + slot * slot_ticks_;
      if (at >= plan_.last) return;
      const std::uint32_t lanes = bar[static_cast<std::size_t>(slot)];
      for (std::uint8_t lane = 0; lane < kDrumOf.size(); ++lane) {
        if ((lanes >> lane & 1) == 0) continue;
        const int force = hard(lane, slot);  // both draw: not left to the compiler's order
        hit(static_cast<Lane>(lane), at + late(lane, slot), force);
      }
    }
  }

  // How hard and how late drummers hit this drum here.
  int hard(std::uint8_t lane, int slot) {
    const auto drawn = drawn_from("hard.", lane, slot);
    const int level = drawn ? static_cast<int>(*drawn) * 4 : 76;
    const int machine_level = slot % 4 == 0 ? 96 : 70;
    const int base = counted_ ? std::clamp(level, 34, 112) : machine_level;
    return base * (75 + energy_of(ground_.piece) / 3) / 100 + draws_.below(5) - 2 +
           colour_of(ground_.piece.mood).loudness / 2;
  }

  std::int32_t late(std::uint8_t lane, int slot) {
    if (!counted_) return 0;
    const auto drawn = drawn_from("late.", lane, slot);
    const std::int32_t swing = slots_ == 16 && slot % 4 >= 2
                                   ? (style_.swing - 50) * 480 / 100 / (slot % 4 == 2 ? 1 : 2)
                                   : 0;
    // Half of what was counted: a band's other players keep to the beat.
    return swing + (drawn ? std::max((static_cast<std::int32_t>(*drawn) - 15) / 2, 0) : 0);
  }

  std::optional<std::uint32_t> drawn_from(const char* what, std::uint8_t lane, int slot) {
    const std::string name = what + ("drums." + feel_);
    if (!counts_.has(name)) return std::nullopt;
    const std::array<std::uint32_t, 2> context = {lane, static_cast<std::uint32_t>(slot)};
    if (counts_.table(name).after(context).empty()) return std::nullopt;
    return counts_.table(name).draw(context, draws_, [](std::uint32_t) { return 1'000U; });
  }

  void hit(Lane lane, std::int32_t at, int velocity) {
    if (at >= plan_.ticks) return;
    notes_.push_back({at, std::min(90, plan_.ticks - at), kDrumOf[lane],
                      static_cast<std::uint8_t>(std::clamp(velocity, 20, 120))});
  }

  const Ground& ground_;
  const Plan& plan_;
  const Style& style_;
  const Counts& counts_;
  Draws draws_;
  std::string feel_;
  bool counted_;
  int slots_;
  std::int32_t slot_ticks_;
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> drums_of(const Ground& ground, const Counts& counts) {
  return Drummer(ground, counts).written();
}

}  // namespace segue::music
