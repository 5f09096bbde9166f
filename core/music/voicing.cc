#include "core/music/voicing.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "core/check.h"

namespace segue::music {
namespace {

using Voices = std::array<std::uint8_t, 4>;

constexpr std::int32_t kParallel = 100'000;  // more than any movement costs
constexpr std::size_t kVoicingsMax = 72;     // a chord; what is beyond lies at the edges

int parallel_pairs(const Voices& from, const Voices& to) {
  int pairs = 0;
  for (std::size_t low = 0; low < 4; ++low) {
    for (std::size_t high = low + 1; high < 4; ++high) {
      const int before = (from[high] - from[low]) % 12;
      const int after = (to[high] - to[low]) % 12;
      const bool perfect = before == after && (before == 0 || before == 7);
      const int lower = to[low] - from[low];
      const int upper = to[high] - from[high];
      if (perfect && lower != 0 && upper != 0 && (lower > 0) == (upper > 0)) ++pairs;
    }
  }
  return pairs;
}

// Cost of a chord's own sound: all its notes, the root not missing, voices well apart.
std::int32_t sound_of(const Voices& voices, const Chord& chord, const Compass& compass) {
  std::uint16_t heard = 0;
  for (const std::uint8_t pitch : voices) heard |= static_cast<std::uint16_t>(1 << pitch % 12);
  std::int32_t missing = 0;
  for (int bit = 0; bit < 12; ++bit) {
    if ((chord.classes >> bit & 1) != 0 && (heard >> bit & 1) == 0)
      missing += bit == (chord.root + 7) % 12 ? 6 : 25;  // the fifth is the least missed
  }
  const std::int32_t inverted = voices[0] % 12 == chord.root ? 0 : 8;
  const std::int32_t crowded = voices[2] - voices[1] < 2 || voices[3] - voices[2] < 2 ? 12 : 0;
  const std::int32_t wide = std::max(voices[3] - voices[1] - 14, 0) * 2;
  const std::int32_t far = std::abs(2 * voices[2] - compass.low - compass.high) / 3 +
                           std::abs(2 * voices[0] - compass.bass_low - compass.bass_high) / 4;
  return missing + inverted + crowded + wide + far;
}

std::vector<Voices> voicings_of(const Chord& chord, const Compass& compass) {
  std::vector<std::uint8_t> basses;
  const int third = [&] {
    for (const int up : {3, 4}) {
      if (chord.has(chord.root + up)) return (chord.root + up) % 12;
    }
    return int{chord.root};
  }();
  for (std::uint8_t pitch = compass.bass_low; pitch <= compass.bass_high; ++pitch) {
    if (pitch % 12 == chord.root || pitch % 12 == third) basses.push_back(pitch);
  }
  std::vector<std::uint8_t> uppers;
  for (std::uint8_t pitch = compass.low; pitch <= compass.high; ++pitch) {
    if (chord.has(pitch)) uppers.push_back(pitch);
  }
  std::vector<std::pair<std::int32_t, Voices>> found;
  for (const std::uint8_t bass : basses) {
    for (std::size_t a = 0; a < uppers.size(); ++a) {
      for (std::size_t b = a + 1; b < uppers.size(); ++b) {
        for (std::size_t c = b + 1; c < uppers.size() && uppers[c] - uppers[a] <= 19; ++c) {
          const Voices voices = {bass, uppers[a], uppers[b], uppers[c]};
          if (bass < uppers[a]) found.emplace_back(sound_of(voices, chord, compass), voices);
        }
      }
    }
  }
  SEGUE_CHECK(!found.empty());
  std::sort(found.begin(), found.end());
  if (found.size() > kVoicingsMax) found.resize(kVoicingsMax);
  std::vector<Voices> voicings;
  voicings.reserve(found.size());
  for (const auto& [cost, voices] : found) voicings.push_back(voices);
  return voicings;
}

std::int32_t movement(const Voices& from, const Voices& to) {
  std::int32_t cost = 0;
  for (std::size_t voice = 0; voice < 4; ++voice) {
    const std::int32_t leap = std::abs(to[voice] - from[voice]);
    // A bass leaps; upper voices that leap are heard as another line.
    cost += voice == 0 ? leap : leap * 2 + (leap > 5 ? leap * 3 : 0);
  }
  return cost;
}

struct Way {
  std::int32_t cost = std::numeric_limits<std::int32_t>::max();
  std::size_t from = 0;
};

}  // namespace

int parallels(const VoicedChord& from, const VoicedChord& to) {
  return parallel_pairs(from.voices, to.voices);
}

std::vector<VoicedChord> voiced(const std::vector<Chord>& chords, Compass compass) {
  std::vector<std::vector<Voices>> choices;
  std::vector<std::vector<Way>> ways;
  for (const Chord& chord : chords) {
    choices.push_back(voicings_of(chord, compass));
    auto& here = ways.emplace_back(choices.back().size());
    for (std::size_t to = 0; to < here.size(); ++to) {
      const std::int32_t sound = sound_of(choices.back()[to], chord, compass);
      if (choices.size() == 1) {
        here[to] = {sound, 0};
        continue;
      }
      const auto& before = choices[choices.size() - 2];
      const auto& ways_before = ways[ways.size() - 2];
      for (std::size_t from = 0; from < before.size(); ++from) {
        std::int32_t cost =
            ways_before[from].cost + sound + movement(before[from], choices.back()[to]);
        if (cost >= here[to].cost) continue;
        cost += kParallel * parallel_pairs(before[from], choices.back()[to]);
        if (cost < here[to].cost) here[to] = {cost, from};
      }
    }
  }
  std::vector<VoicedChord> result(chords.size());
  std::size_t at = 0;
  for (std::size_t i = chords.size(); i-- > 0;) {
    if (i + 1 == chords.size()) {
      const auto best =
          std::min_element(ways[i].begin(), ways[i].end(),
                           [](const Way& a, const Way& b) { return a.cost < b.cost; });
      at = static_cast<std::size_t>(best - ways[i].begin());
    }
    result[i] = {chords[i].onset, chords[i].duration, chords[i].root, chords[i].degree,
                 choices[i][at]};
    at = ways[i][at].from;
  }
  return result;
}

}  // namespace segue::music
