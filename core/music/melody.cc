#include "core/music/melody.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>

namespace segue::music {
namespace {

// One bar of a tune: where notes begin, and on which step of the scale each stands.
struct Bar {
  std::uint32_t mask = 0;
  std::vector<int> steps;
};

constexpr int kNoInterval = 8;  // "the same note again", as count.py writes it

class Tune {
 public:
  Tune(const Specification& piece, const Plan& plan, const Counts& counts, const Instrument& player)
      : piece_(piece),
        plan_(plan),
        style_(style_of(piece.genre)),
        colour_(colour_of(piece.mood)),
        highest_(player.highest),
        grid_(plan.metre),
        intervals_(counts.table("melody." + std::string(style_.melody))),
        rhythms_(rhythms_of(counts)),
        draws_(piece.seed ^ 0x7475'6E65ULL) {
    const int centre = 66 + style_.register_shift + colour_.register_shift;
    int low = std::max<int>(player.lowest, centre - 6);
    const int high = std::min<int>(player.highest, low + 19);
    low = std::max<int>(std::min(low, high - 16), player.lowest);
    low_step_ = step_above(low);
    high_step_ = step_above(high + 1) - 1;
    step_ = nearest(chord_at(plan.chords, 0), (low_step_ + high_step_) / 2);
  }

  std::vector<Note> written() {
    std::map<std::pair<char, std::int32_t>, std::vector<Bar>> known;
    for (const Section& section : plan_.sections) {
      auto& bars = known[{section.letter, section.bars}];
      bars = bars.empty() ? fresh(section) : varied(section, bars);
      for (std::size_t i = 0; i < bars.size(); ++i) place(bars[i], section, static_cast<int>(i));
    }
    finish();
    return std::move(notes_);
  }

 private:
  const CountTable& rhythms_of(const Counts& counts) const {
    const std::string metre = plan_.metre.triplets ? ".t" : plan_.metre.beats == 3 ? ".3" : ".4";
    const std::string own = "rhythm." + std::string(style_.rhythm) + metre;
    return counts.table(counts.has(own) && own != "rhythm.hymn.t" ? own : "rhythm.song" + metre);
  }

  // Steps are counted from the tonic below MIDI's pitch 12.
  int pitch_of(int step, const Chord& chord) const {
    const int semitones = scale_of(piece_.key.mode)[static_cast<std::size_t>(step % 7)];
    const int pitch = piece_.key.tonic + step / 7 * 12 + semitones;
    // Over a dominant with its leading note, the seventh step is that note.
    const bool leads = step % 7 == 6 && !chord.has(pitch) && chord.has(pitch + 1);
    return leads && pitch < highest_ ? pitch + 1 : pitch;
  }

  int step_above(int pitch) const {
    int step = 0;
    while (pitch_of(step, Chord{}) < pitch) ++step;
    return step;
  }

  // The step of this chord that is nearest to a step.
  int nearest(const Chord& chord, int step) const {
    for (int away = 0; away < 7; ++away) {
      for (const int candidate : {step - away, step + away}) {
        if (candidate >= low_step_ && candidate <= high_step_ &&
            chord.has(pitch_of(candidate, chord)))
          return candidate;
      }
    }
    return step;
  }

  const Chord& chord_in(int bar, int slot) const {
    return chord_at(plan_.chords,
                    (bar * plan_.metre.beats * kTicksPerQuarter) + slot * grid_.slot_ticks);
  }

  // Notes a bar should have, in tenths: by style, energy, mood and tempo.
  int density() const {
    const int base = style_.notes_a_bar * (60 + energy_of(piece_) * 8 / 10) / 10;
    const int tempo = std::clamp(11'000 / piece_.tempo_bpm, 60, 130);
    const int wanted = base * (100 + colour_.density) / 100 * tempo / 100;
    return std::max(wanted * plan_.metre.beats / 4, 10);
  }

  std::uint32_t rhythm(std::uint32_t before, bool cadence) {
    const int wanted = cadence ? std::min(density() / 2, 25) : density();
    const auto slots = static_cast<std::uint32_t>((1U << static_cast<unsigned>(grid_.slots)) - 1);
    const bool swings = style_.swing > 50;
    const auto weight = [&](std::uint32_t mask) -> std::uint32_t {
      mask &= slots;
      if (mask == 0 || (cadence && (mask & 1) == 0)) return 0;
      const int away = (std::popcount(mask) * 10 - wanted) / 5;
      std::uint32_t welcome = 1'000U / static_cast<std::uint32_t>(1 + away * away);
      if (swings && !plan_.metre.triplets && (mask & 0xAAAA) != 0) welcome /= 20;
      // A bar whose end is busy leaves no breath before the next phrase.
      if (cadence && mask >> static_cast<unsigned>(grid_.slots / 2) != 0) welcome /= 5;
      return welcome;
    };
    const std::array<std::uint32_t, 1> context = {before & 0x3FFF};
    const auto drawn = rhythms_.draw(context, draws_, weight);
    return drawn && (*drawn & slots) != 0 ? *drawn & slots : 1U;
  }

  // Where the tune should be in a phrase: it rises to two thirds and falls.
  int arch(int bar, int bars) const {
    const int middle = (low_step_ + high_step_) / 2;
    const int at = bar % 4 * 100 / std::max(std::min(bars, 4), 1);
    return middle - 2 + (at < 60 ? at * 5 / 60 : (100 - at) * 5 / 40);
  }

  std::uint32_t welcome(int interval, int strength, const Chord& chord, int target) const {
    const int step = step_ + interval;
    if (step < low_step_ || step > high_step_) return 0;
    const bool fits = chord.has(pitch_of(step, chord));
    const int leap = std::abs(interval);
    std::uint32_t weight = 1'000;
    if (!fits) {
      constexpr std::array<std::uint32_t, 3> kForeign = {600, 200, 40};
      weight = kForeign[static_cast<std::size_t>(strength)];
      if (leap > 1) weight /= 8;
    }
    // A note outside the chord goes on by a step.
    if (!fitted_ && leap != 1) weight /= 6;
    if (interval == 0) weight /= 3;
    if (leap > 4) weight /= 2;
    const bool nearer = std::abs(step - target) < std::abs(step_ - target);
    if (!nearer && std::abs(step - target) > 3) weight /= 3;
    return std::max<std::uint32_t>(weight, 1);
  }

  void move(int strength, const Chord& chord, int target) {
    const std::array<std::uint32_t, 3> context = {before_, last_,
                                                  static_cast<std::uint32_t>(strength)};
    const auto drawn = intervals_.draw(context, draws_, [&](std::uint32_t symbol) {
      return welcome(static_cast<int>(symbol) - kNoInterval, strength, chord, target);
    });
    const int from = step_;
    step_ = drawn ? step_ + static_cast<int>(*drawn) - kNoInterval : nearest(chord, target);
    moved(from, chord);
  }

  void moved(int from, const Chord& chord) {
    before_ = last_;
    last_ = static_cast<std::uint32_t>(std::clamp(step_ - from, -8, 8) + kNoInterval);
    fitted_ = chord.has(pitch_of(step_, chord));
  }

  // Fills a bar's steps by drawing; where `like` has notes, those, bent to the chord.
  void fill(Bar& bar, int at, int bars, const Bar* like, bool cadence, bool full) {
    bar.steps.clear();
    std::size_t note = 0;
    for (int slot = 0; slot < grid_.slots; ++slot) {
      if ((bar.mask >> slot & 1) == 0) continue;
      const Chord& chord = chord_in(at, slot);
      const int strength = grid_.strength(slot);
      const int from = step_;
      if (like != nullptr && note < like->steps.size()) {
        step_ = like->steps[note];
        if (strength > 0 && !chord.has(pitch_of(step_, chord))) step_ = nearest(chord, step_);
        moved(from, chord);
      } else {
        move(strength, chord, arch(at, bars));
      }
      ++note;
      bar.steps.push_back(step_);
    }
    if (cadence && !bar.steps.empty()) {
      const Chord& chord = chord_in(at, grid_.slots - 1);
      step_ = nearest(chord, bar.steps.back());
      // A section ends at home where its chord is home.
      if (full && chord.degree == 0) step_ = home(step_);
      bar.steps.back() = step_;
    }
  }

  int home(int step) const {
    const int down = step / 7 * 7;
    const int tonic = step - down <= 3 ? down : down + 7;
    if (tonic < low_step_) return tonic + 7;
    return tonic > high_step_ ? tonic - 7 : tonic;
  }

  std::vector<Bar> fresh(const Section& section) {
    std::vector<Bar> bars(static_cast<std::size_t>(section.bars));
    std::uint32_t before = 0;
    for (int i = 0; i < section.bars; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool cadence = i % 4 == 3 || i + 1 == section.bars;
      // a a' b c: the second bar answers the first, the third goes on; the second phrase begins as
      // the first did.
      const Bar* like = i % 8 >= 4 && i % 4 < 2 ? &bars[at - 4] : nullptr;
      const bool same_rhythm = like == nullptr && i % 4 == 2 && draws_.chance(600);
      bars[at].mask = like != nullptr ? like->mask
                      : same_rhythm   ? bars[at - 2].mask
                                      : rhythm(before, cadence);
      const bool rests = !cadence && i % 4 != 0 && draws_.chance(style_.breath * 4);
      if (rests && (before != 0)) bars[at].mask = 0;
      before = bars[at].mask;
      fill(bars[at], section.bar + i, section.bars, like, cadence, i + 1 == section.bars);
    }
    return bars;
  }

  // The same bars, some of them changed more each time they come back.
  std::vector<Bar> varied(const Section& section, std::vector<Bar> bars) {
    for (int i = 0; i < section.bars; ++i) {
      Bar& bar = bars[static_cast<std::size_t>(i)];
      const Bar like = bar;
      const bool cadence = i % 4 == 3 || i + 1 == section.bars;
      const bool redrawn = !cadence && i % 4 != 0 && draws_.chance(150 + 60 * section.turn);
      if (redrawn && bar.mask != 0) bar.mask = rhythm(bar.mask, false);
      if (!redrawn && draws_.chance(250)) ornament(bar);
      const bool keeps = bar.mask == like.mask;
      fill(bar, section.bar + i, section.bars, keeps ? &like : nullptr, cadence,
           i + 1 == section.bars);
    }
    return bars;
  }

  // One more note in a long one's second half.
  void ornament(Bar& bar) const {
    const int beat = grid_.per_beat();
    for (int slot = 0; slot + beat < grid_.slots; slot += beat) {
      const auto span = ((1U << static_cast<unsigned>(beat)) - 1U) << static_cast<unsigned>(slot);
      if ((bar.mask & span) != 1U << static_cast<unsigned>(slot)) continue;
      bar.mask |= 1U << static_cast<unsigned>(slot + 2);
      return;
    }
  }

  int velocity(int strength, const Section& section, int bar) {
    const int arch_of = std::min(bar % 4, 2) * 3;
    const int lift = section.letter == 'B' || section.letter == 'C' ? 4 : 0;
    const int accent = strength == 2 ? 8 + colour_.spread : strength == 1 ? 3 : -colour_.spread;
    return std::clamp(74 + colour_.loudness + energy_of(piece_) / 4 + arch_of + lift + accent +
                          draws_.below(9) - 4,
                      30, 120);
  }

  void place(const Bar& bar, const Section& section, int at) {
    const std::int32_t start = (section.bar + at) * plan_.metre.beats * kTicksPerQuarter;
    std::size_t note = 0;
    for (int slot = 0; slot < grid_.slots && note < bar.steps.size(); ++slot) {
      if ((bar.mask >> slot & 1) == 0) continue;
      const int step = bar.steps[note++];
      const std::int32_t written = start + slot * grid_.slot_ticks;
      if (written >= plan_.last) return;
      const int strength = grid_.strength(slot);
      const std::int32_t late = grid_.swung(slot, style_.swing) + draws_.below(9);
      const Chord& chord = chord_at(plan_.chords, written);
      notes_.push_back({written + late, 0, static_cast<std::uint8_t>(pitch_of(step, chord)),
                        static_cast<std::uint8_t>(velocity(strength, section, at))});
    }
  }

  // Notes last until the next begins, but not much longer than a bar; the last one is the tonic.
  void finish() {
    const Chord& chord = plan_.chords.back();
    if (!notes_.empty()) step_ = step_above(notes_.back().pitch);
    notes_.push_back({plan_.last, 0, static_cast<std::uint8_t>(pitch_of(home(step_), chord)),
                      static_cast<std::uint8_t>(std::clamp(76 + colour_.loudness, 30, 120))});
    const std::int32_t most = plan_.metre.beats * kTicksPerQuarter * 5 / 4;
    const int legato = std::clamp(style_.legato + colour_.legato, 40, 100);
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      const bool last = i + 1 == notes_.size();
      const std::int32_t until = last ? plan_.ticks : notes_[i + 1].onset;
      const std::int32_t whole = std::min(until - notes_[i].onset, last ? until : most);
      notes_[i].duration = std::max(last ? whole * 9 / 10 : whole * legato / 100, std::int32_t{1});
    }
  }

  const Specification& piece_;
  const Plan& plan_;
  const Style& style_;
  Colour colour_;
  int highest_;  // that the instrument plays
  Grid grid_;
  const CountTable& intervals_;
  const CountTable& rhythms_;
  Draws draws_;
  int low_step_ = 0;
  int high_step_ = 0;
  int step_ = 0;
  bool fitted_ = true;  // the last note stood in its chord
  std::uint32_t before_ = kNoInterval;
  std::uint32_t last_ = kNoInterval;
  std::vector<Note> notes_;
};

}  // namespace

const Chord& chord_at(const std::vector<Chord>& chords, std::int32_t at) {
  const auto after =
      std::upper_bound(chords.begin(), chords.end(), at,
                       [](std::int32_t tick, const Chord& chord) { return tick < chord.onset; });
  return *(after == chords.begin() ? after : after - 1);
}

std::vector<Note> melody_of(const Specification& specification, const Plan& plan,
                            const Counts& counts, const Instrument& player) {
  return Tune(specification, plan, counts, player).written();
}

}  // namespace segue::music
