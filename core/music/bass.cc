#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "core/music/accompaniment.h"
#include "core/music/melody.h"

namespace segue::music {
namespace {

class Bass {
 public:
  Bass(const Ground& ground, const Counts& counts, const Instrument& player)
      : ground_(ground),
        plan_(ground.plan),
        style_(style_of(ground.piece.genre)),
        counts_(counts),
        player_(player),
        draws_(ground.piece.seed ^ 0x62617373ULL),
        grid_(ground.plan.metre) {}

  std::vector<Note> written() {
    for (std::size_t i = 0; i + 1 < ground_.chords.size(); ++i) {
      const VoicedChord& chord = ground_.chords[i];
      switch (style_.bass) {
        case BassLine::held:
          play(chord.onset, chord.onset + chord.duration, chord.voices[0], 0);
          break;
        case BassLine::root_fifth:
          root_fifth(chord);
          break;
        case BassLine::walking:
          walk(chord, ground_.chords[i + 1]);
          break;
        case BassLine::counted:
          counted(chord);
          break;
        case BassLine::offbeat:
          offbeat(chord);
          break;
      }
    }
    const VoicedChord& home = ground_.chords.back();
    play(plan_.last, plan_.last + (plan_.ticks - plan_.last) * 9 / 10, low_root(home), 4);
    return std::move(notes_);
  }

 private:
  void play(std::int32_t from, std::int32_t until, int pitch, int accent) {
    if (from > plan_.last || until <= from) return;
    const int loud = 70 + colour_of(ground_.piece.mood).loudness + energy_of(ground_.piece) / 5;
    const std::int32_t end = from < plan_.last ? std::min(until, plan_.last) : until;
    notes_.push_back(
        {from, end - from, into_range(pitch, player_),
         static_cast<std::uint8_t>(std::clamp(loud + accent + draws_.below(7) - 3, 30, 120))});
  }

  // The root near the bottom of a bass guitar.
  static int low_root(const VoicedChord& chord) { return 31 + (chord.root + 5) % 12; }

  const Chord& classes_of(const VoicedChord& chord) const {
    return chord_at(plan_.chords, chord.onset);
  }

  // Root on the first beat, the fifth below or above on the third (in three: the second bar).
  void root_fifth(const VoicedChord& chord) {
    const int root = low_root(chord);
    const int fifth = root > 38 ? root - 5 : root + 7;
    bool first = true;
    const std::int32_t step = plan_.metre.beats == 3 ? 1440 : 960;
    for (std::int32_t at = 0; at < chord.duration; at += step, first = !first) {
      play(chord.onset + at, chord.onset + at + std::min(420, chord.duration - at),
           first || !classes_of(chord).has(fifth) ? root : fifth, first ? 6 : 0);
    }
  }

  // Quarters through the chord's notes; the last leads by a step into the next root.
  void walk(const VoicedChord& chord, const VoicedChord& next) {
    const Chord& classes = classes_of(chord);
    const std::int32_t beat = ground_.piece.tempo_bpm < 75 ? 960 : 480;
    int pitch = walking_ == 0 ? low_root(chord) : root_near(chord, walking_);
    const int goal = root_near(next, pitch);
    for (std::int32_t at = 0; at < chord.duration; at += beat) {
      const bool last = at + beat >= chord.duration && at > 0;
      if (last)
        pitch = goal + (goal > pitch ? -1 : draws_.chance(600) ? 1 : 2);
      else if (at > 0)
        pitch = next_tone(classes, pitch, goal);
      play(chord.onset + at, chord.onset + std::min(at + beat * 92 / 100, chord.duration), pitch,
           at == 0 ? 4 : 0);
    }
    walking_ = pitch;
  }

  static int root_near(const VoicedChord& chord, int pitch) {
    int root = low_root(chord);
    if (pitch - root > 6 && root + 12 <= 50) root += 12;
    return root;
  }

  int next_tone(const Chord& classes, int pitch, int goal) {
    const int direction = goal == pitch ? (draws_.chance(500) ? 1 : -1) : goal > pitch ? 1 : -1;
    // Now and then against the goal, so that lines have shape.
    const int way = draws_.chance(300) ? -direction : direction;
    for (int away = 2; away <= 7; ++away) {
      const int candidate = pitch + way * away;
      if (classes.has(candidate) && candidate >= 28 && candidate <= 52) return candidate;
    }
    return low_root(ground_.chords.front()) > pitch ? pitch + 12 : pitch;
  }

  // Rhythm and distances above the root as bass players of the corpora have them.
  void counted(const VoicedChord& chord) {
    const std::int32_t bar = plan_.metre.beats * kTicksPerQuarter;
    for (std::int32_t at = 0; at < chord.duration; at += bar) counted_bar(chord, chord.onset + at);
  }

  void counted_bar(const VoicedChord& chord, std::int32_t start) {
    const Chord& classes = classes_of(chord);
    const int section_bar = start / (plan_.metre.beats * kTicksPerQuarter);
    // Two bars make a pattern that stays for eight.
    std::uint32_t& pattern = patterns_[static_cast<std::size_t>(section_bar % 2)];
    if (pattern == 0 || section_bar % 16 < 2) pattern = drawn_pattern();
    std::uint32_t before = 0;
    const int root = low_root(chord);
    for (int slot = 0; slot < grid_.slots; ++slot) {
      if ((pattern >> slot & 1) == 0) continue;
      const std::array<std::uint32_t, 2> context = {static_cast<std::uint32_t>(slot), before};
      const auto drawn = counts_.table("bass").draw(context, draws_, [&](std::uint32_t above) {
        if (slot == 0) return above == 0 ? 1'000U : 0U;
        return above == 0 ? 1'000U : classes.has(root + static_cast<int>(above)) ? 500U : 0U;
      });
      before = drawn ? *drawn : 0;
      int next = slot + 1;
      while (next < grid_.slots && (pattern >> next & 1) == 0) ++next;
      const std::int32_t from = start + slot * grid_.slot_ticks + grid_.swung(slot, style_.swing);
      const std::int32_t until = start + next * grid_.slot_ticks;
      const int up = static_cast<int>(before);
      play(from, std::max(from + 60, until - 20), root + (up > 7 ? up - 12 : up),
           grid_.strength(slot) * 3);
    }
  }

  std::uint32_t drawn_pattern() {
    const int wanted = 2 + energy_of(ground_.piece) / 16;
    const bool swings = style_.swing > 50;
    const auto drawn = counts_.table("rhythm.bass.4").draw({}, draws_, [&](std::uint32_t mask) {
      mask &= (1U << static_cast<unsigned>(grid_.slots)) - 1U;
      if ((mask & 1) == 0 || (swings && (mask & 0xAAAA) != 0)) return 0U;
      const int away = std::popcount(mask) - wanted;
      return 1'000U / static_cast<std::uint32_t>(1 + away * away);
    });
    return drawn ? *drawn | 1U : 1U;
  }

  // Between the beats of the kick drum.
  void offbeat(const VoicedChord& chord) {
    const int root = low_root(chord);
    for (std::int32_t at = 0; at < chord.duration; at += 240) {
      const bool off = at % 480 == 240;
      if (!off && (at != 0 || energy_of(ground_.piece) > 60)) continue;
      const bool octave = energy_of(ground_.piece) > 50 && at % 1920 == 1680;
      play(chord.onset + at, chord.onset + std::min(at + 200, chord.duration),
           octave ? root + 12 : root, off ? 4 : 0);
    }
  }

  const Ground& ground_;
  const Plan& plan_;
  const Style& style_;
  const Counts& counts_;
  const Instrument& player_;
  Draws draws_;
  Grid grid_;
  int walking_ = 0;  // where the line was; 0: it begins
  std::array<std::uint32_t, 2> patterns_ = {};
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> bass_of(const Ground& ground, const Counts& counts, const Instrument& player) {
  return Bass(ground, counts, player).written();
}

}  // namespace segue::music
