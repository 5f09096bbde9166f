#include "core/music/accompaniment.h"

#include <algorithm>
#include <cstdlib>

#include "core/music/melody.h"

namespace segue::music {
namespace {

// Appends notes and keeps them inside the piece.
class Hand {
 public:
  Hand(const Ground& ground, const Instrument& player, std::uint64_t salt, int loudness)
      : ground_(ground),
        player_(player),
        draws_(ground.piece.seed ^ salt),
        loudness_(loudness + colour_of(ground.piece.mood).loudness + energy_of(ground.piece) / 5) {}

  Draws& draws() { return draws_; }

  // From tick to tick; `accent` is added to the velocity, `late` ticks are the hand's own.
  void play(std::int32_t from, std::int32_t until, int pitch, int accent = 0, int late = 8) {
    const std::int32_t onset = from + (late > 0 ? draws_.below(late) : 0);
    const std::int32_t end = std::min(until, ground_.plan.ticks);
    if (end - onset < 1) return;
    notes_.push_back(
        {onset, end - onset, into_range(pitch, player_),
         static_cast<std::uint8_t>(std::clamp(loudness_ + accent + draws_.below(7) - 3, 20, 120))});
  }

  std::vector<Note> taken() { return std::move(notes_); }

 private:
  const Ground& ground_;
  const Instrument& player_;
  Draws draws_;
  int loudness_;
  std::vector<Note> notes_;
};

// Where the last chord stops sounding, so that its tail is heard inside the piece.
std::int32_t close_of(const Plan& plan) { return plan.last + (plan.ticks - plan.last) * 9 / 10; }

std::int32_t end_of(const VoicedChord& chord, const Plan& plan) {
  return chord.onset == plan.last ? close_of(plan) : chord.onset + chord.duration;
}

const VoicedChord& voiced_at(const std::vector<VoicedChord>& chords, std::int32_t at) {
  const auto after = std::upper_bound(
      chords.begin(), chords.end(), at,
      [](std::int32_t tick, const VoicedChord& chord) { return tick < chord.onset; });
  return *(after == chords.begin() ? after : after - 1);
}

void hold(const Ground& ground, std::size_t first, std::size_t last, Hand& hand, int accent) {
  for (std::size_t voice = first; voice <= last; ++voice) {
    for (std::size_t i = 0; i < ground.chords.size();) {
      std::size_t next = i + 1;
      const std::uint8_t pitch = ground.chords[i].voices[voice];
      // A voice that stays is not struck again, for two chords at most.
      if (next + 1 < ground.chords.size() && ground.chords[next].voices[voice] == pitch) ++next;
      hand.play(ground.chords[i].onset, end_of(ground.chords[next - 1], ground.plan), pitch, accent,
                ground.chords[i].onset == 0 ? 0 : 6);
      i = next;
    }
  }
}

void strike(const VoicedChord& chord, std::int32_t from, std::int32_t until, Hand& hand,
            int accent = 0) {
  for (std::size_t voice = 1; voice < 4; ++voice) {
    // A strum runs over the strings.
    hand.play(from + static_cast<std::int32_t>(voice - 1) * 7, until, chord.voices[voice], accent);
  }
}

// Eighths (or parts of a beat) on which a bar's chords are struck, as bits, and how long each
// sounds.
struct Strokes {
  std::uint32_t mask = 1;
  std::int32_t ticks = 200;
};

Strokes strokes_of(const Style& style, const Plan& plan, int energy, Draws& draws) {
  const bool three = plan.metre.beats == 3;
  const auto drawn = static_cast<std::size_t>(draws.below(4));
  switch (style.texture) {
    case Texture::strummed: {
      if (plan.metre.triplets) return {energy > 50 ? 0b101'101'101'101U : 0b100'100'100'100U, 150};
      if (three) return {0b010100U, 220};
      return {energy > 60 ? 0b11101100U : 0b01000100U, 220};
    }
    case Texture::comped: {
      constexpr std::array<std::uint32_t, 4> kComped = {0b00001001, 0b00100100, 0b01001001,
                                                        0b00101000};
      return {kComped[drawn], style.feel == "soft" ? 560 : 300};
    }
    case Texture::stabbed: {
      constexpr std::array<std::uint32_t, 4> kStabs = {0b10101010, 0b01001010, 0b10010010,
                                                       0b00101010};
      return {kStabs[drawn], 140};
    }
    default:
      return {energy > 35 ? 0xFFU : 0x55U, energy > 35 ? 200 : 420};
  }
}

void strokes(const Ground& ground, const Style& style, Hand& hand) {
  const Plan& plan = ground.plan;
  const std::int32_t part = plan.metre.triplets ? 160 : 240;
  const std::int32_t bar_ticks = plan.metre.beats * kTicksPerQuarter;
  for (const Section& section : plan.sections) {
    const Strokes drawn = strokes_of(style, plan, energy_of(ground.piece), hand.draws());
    for (std::int32_t bar = section.bar; bar < section.bar + section.bars; ++bar) {
      for (std::int32_t at = 0; at * part < bar_ticks; ++at) {
        if ((drawn.mask >> at & 1) == 0) continue;
        const std::int32_t swing =
            !plan.metre.triplets && at % 2 == 1 ? (style.swing - 50) * 480 / 100 : 0;
        const std::int32_t from = bar * bar_ticks + at * part + swing;
        if (from >= plan.last) break;
        const VoicedChord& chord = voiced_at(ground.chords, from);
        strike(chord, from, std::min(from + drawn.ticks, end_of(chord, plan)), hand,
               at == 0 ? 6 : 0);
      }
    }
  }
  strike(ground.chords.back(), plan.last, close_of(plan), hand, 2);
}

// Broken chords: low, high, middle, high in fours; upwards in threes.
void arpeggio(const Ground& ground, Hand& hand) {
  const Plan& plan = ground.plan;
  const bool slow = energy_of(ground.piece) < 25;
  const std::int32_t part = plan.metre.triplets ? 160 : slow ? 480 : 240;
  const std::int32_t bar_ticks = plan.metre.beats * kTicksPerQuarter;
  constexpr std::array<std::size_t, 4> kFours = {1, 3, 2, 3};
  constexpr std::array<std::size_t, 6> kThrees = {1, 2, 3, 2, 3, 2};
  for (std::int32_t from = 0; from < plan.last; from += part) {
    const auto at = static_cast<std::size_t>(from % bar_ticks / part);
    const VoicedChord& chord = voiced_at(ground.chords, from);
    const bool threes = plan.metre.beats == 3 || plan.metre.triplets;
    const std::size_t voice = threes ? kThrees[at % 6] : kFours[at % 4];
    hand.play(from, std::min(from + part + part / 2, end_of(chord, plan)), chord.voices[voice],
              at == 0       ? 6
              : at % 2 == 0 ? 2
                            : -3);
  }
  for (std::size_t voice = 1; voice < 4; ++voice) {
    hand.play(plan.last + static_cast<std::int32_t>(voice - 1) * 30, close_of(plan),
              ground.chords.back().voices[voice]);
  }
}

// Repeated root and fifth, as distorted guitars play them: thirds would growl.
void power(const Ground& ground, Hand& hand) {
  const Plan& plan = ground.plan;
  const std::int32_t part = energy_of(ground.piece) > 40 ? 240 : 480;
  for (std::int32_t from = 0; from < plan.last; from += part) {
    const VoicedChord& chord = voiced_at(ground.chords, from);
    const int root = 40 + (chord.root + 8) % 12;
    const bool first = from == chord.onset;
    const std::int32_t until = from + (first ? part : part * 2 / 3);
    for (const int up : {0, 7, 12}) hand.play(from, until, root + up, first ? 10 : 0, 5);
  }
  const int root = 40 + (ground.chords.back().root + 8) % 12;
  for (const int up : {0, 7, 12}) hand.play(plan.last, close_of(plan), root + up, 8, 5);
}

}  // namespace

std::uint8_t into_range(int pitch, const Instrument& player) {
  while (pitch < player.lowest) pitch += 12;
  while (pitch > player.highest) pitch -= 12;
  return static_cast<std::uint8_t>(pitch);
}

std::vector<Note> chords_of(const Ground& ground, const Instrument& player) {
  const Style& style = style_of(ground.piece.genre);
  Hand hand(ground, player, 0x63686F726473ULL, 52);
  const bool distorted = player.program == 29 || player.program == 30;
  const bool chorale = ground.piece.genre == Genre::chorale;
  if (distorted && style.texture == Texture::pulsed)
    power(ground, hand);
  else if (style.texture == Texture::sustained && chorale)
    hold(ground, 1, 2, hand, 4);
  else if (style.texture == Texture::sustained)
    hold(ground, 1, 3, hand, 0);
  else if (style.texture == Texture::arpeggio)
    arpeggio(ground, hand);
  else
    strokes(ground, style, hand);
  return hand.taken();
}

std::vector<Note> inner_of(const Ground& ground, std::size_t voice, const Instrument& player) {
  Hand hand(ground, player, 0x696E6E6572ULL + voice, 46);
  hold(ground, player.chords ? 1 : voice, player.chords ? 3 : voice, hand, 0);
  return hand.taken();
}

std::vector<Note> soprano_of(const Ground& ground, const Instrument& player) {
  Hand hand(ground, player, 0x736F7072616E6FULL, 74);
  const auto& scale = scale_of(ground.piece.key.mode);
  const auto in_scale = [&](int pitch) {
    const int above = (pitch - ground.piece.key.tonic + 120) % 12;
    return std::find(scale.begin(), scale.end(), above) != scale.end();
  };
  for (std::size_t i = 0; i < ground.chords.size(); ++i) {
    const VoicedChord& chord = ground.chords[i];
    const std::int32_t end = end_of(chord, ground.plan);
    const bool last = i + 1 == ground.chords.size();
    // The end is the tonic itself, the nearest one.
    const int above = (chord.voices[3] - ground.piece.key.tonic + 120) % 12;
    const int from = !last ? chord.voices[3] : chord.voices[3] + (above > 6 ? 12 - above : -above);
    const int to = last ? from : ground.chords[i + 1].voices[3];
    const int third = std::abs(to - from);
    const int step = to > from ? 1 : -1;
    const bool passes = (third == 3 || third == 4) && chord.duration >= kTicksPerQuarter;
    const int between = in_scale(from + step * 2) ? from + step * 2 : from + step;
    if (!passes) {
      hand.play(chord.onset, end, from, i % 2 == 0 ? 3 : 0, 0);
      continue;
    }
    const std::int32_t half = chord.onset + chord.duration / 2;
    hand.play(chord.onset, half, from, 3, 0);
    hand.play(half, end, between, -3, 0);
  }
  return hand.taken();
}

}  // namespace segue::music
