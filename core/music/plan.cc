#include "core/music/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/check.h"

namespace segue::music {
namespace {

// The cost of a section by its bars: people hear eights as whole, fives as odd.
std::int32_t cost_of(std::int32_t bars) {
  constexpr std::array<std::int32_t, 9> kCost = {0, 24, 10, 22, 4, 20, 12, 22, 1};
  return kCost[static_cast<std::size_t>(bars)];
}

// How long the piece is in ticks, and how many of its bars are whole. The tempo bends by at most
// 1 % so that the last bar ends where the piece does; where that is not enough, the last bar is
// longer or shorter than the others.
void measure(const Specification& piece, Plan& plan) {
  const auto tenths = static_cast<std::int64_t>(std::lround(piece.seconds * 10));
  const std::int64_t bar_quarters = plan.metre.beats;
  // Micro-beats: a millionth of a quarter.
  const std::int64_t length = tenths * piece.tempo_bpm * 1'000'000 / 600;
  const std::int64_t bar = bar_quarters * 1'000'000;
  plan.bars = static_cast<std::int32_t>(std::max<std::int64_t>((length + bar / 2) / bar, 1));
  const std::int64_t whole = plan.bars * bar;
  plan.microseconds_per_quarter = 60'000'000 / piece.tempo_bpm;
  if (std::abs(length - whole) * 111 <= whole) {  // within 0.9 %
    plan.microseconds_per_quarter =
        static_cast<std::int32_t>(tenths * 100'000 / (plan.bars * bar_quarters));
  }
  plan.ticks = static_cast<std::int32_t>(tenths * 100'000 * kTicksPerQuarter /
                                         plan.microseconds_per_quarter);
  const std::int32_t bar_ticks = plan.metre.beats * kTicksPerQuarter;
  plan.last = std::min((plan.bars - 1) * bar_ticks, plan.ticks - kTicksPerQuarter / 2);
}

// Section letters by a form of the style, begun again where there are more sections than letters.
void name_sections(const Specification& piece, Draws& draws, Plan& plan) {
  const Style& style = style_of(piece.genre);
  const std::string_view form = style.forms[static_cast<std::size_t>(draws.below(3))];
  std::map<std::pair<char, std::int32_t>, std::int32_t> turns;
  std::int32_t bar = 0;
  std::size_t place = 0;
  for (const std::int32_t bars : lengths_of(plan.bars)) {
    const char letter = bars < 4 ? 'Z' : form[place++ % form.size()];
    plan.sections.push_back({letter, bar, bars, turns[{letter, bars}]++});
    bar += bars;
  }
}

std::size_t chords_in(const Section& section, const Style& style) {
  if (style.bars_a_chord == 0) return static_cast<std::size_t>(section.bars) * 2;
  return static_cast<std::size_t>((section.bars + style.bars_a_chord - 1) / style.bars_a_chord);
}

// Phrases of four bars end in half cadences, sections in full ones.
std::vector<std::uint8_t> section_degrees(const Section& section, const Specification& piece,
                                          const Counts& counts, Draws& draws) {
  const Style& style = style_of(piece.genre);
  const std::size_t all = chords_in(section, style);
  if (section.bars < 8) return degrees_of(all, true, piece.key, style, counts, draws);
  std::vector<std::uint8_t> degrees = degrees_of(all / 2, false, piece.key, style, counts, draws);
  const auto answer = degrees_of(all - all / 2, true, piece.key, style, counts, draws);
  // The answer begins as the question did.
  const std::size_t same = all / 4;
  degrees.insert(degrees.end(), answer.begin(), answer.end());
  for (std::size_t i = 0; i + 1 < same; ++i) degrees[all / 2 + i] = degrees[i];
  return degrees;
}

void place_chords(const Specification& piece, const Counts& counts, Draws& draws, Plan& plan) {
  const Style& style = style_of(piece.genre);
  const std::int32_t bar = plan.metre.beats * kTicksPerQuarter;
  std::map<std::pair<char, std::int32_t>, std::vector<std::uint8_t>> known;
  for (const Section& section : plan.sections) {
    auto& degrees = known[{section.letter, section.bars}];
    if (degrees.empty()) degrees = section_degrees(section, piece, counts, draws);
    // In three beats the first chord of a bar has two.
    const std::int32_t first_half = (plan.metre.beats + 1) / 2 * kTicksPerQuarter;
    for (std::size_t i = 0; i < degrees.size(); ++i) {
      Chord chord = chord_on(degrees[i], piece.key, style);
      const auto at = static_cast<std::int32_t>(i);
      chord.onset =
          section.bar * bar + (style.bars_a_chord == 0 ? at / 2 * bar + at % 2 * first_half
                                                       : at * style.bars_a_chord * bar);
      plan.chords.push_back(chord);
    }
  }
  // The end: the tonic, held.
  std::erase_if(plan.chords, [&](const Chord& chord) { return chord.onset >= plan.last; });
  Style plain = style;
  plain.sevenths = style.sevenths && piece.genre != Genre::jazz;
  Chord home = chord_on(0, piece.key, plain);
  home.onset = plan.last;
  // The chord before the end leads there.
  if (!plan.chords.empty() && plan.chords.size() > 1) {
    const bool seventh = !style.classical_minor && piece.key.mode != Mode::major;
    Chord leading = chord_on(seventh ? 6 : 4, piece.key, style);
    leading.onset = plan.chords.back().onset;
    plan.chords.back() = leading;
  }
  plan.chords.push_back(home);
  for (std::size_t i = 0; i < plan.chords.size(); ++i) {
    const std::int32_t end = i + 1 < plan.chords.size() ? plan.chords[i + 1].onset : plan.ticks;
    plan.chords[i].duration = end - plan.chords[i].onset;
  }
}

}  // namespace

std::vector<std::int32_t> lengths_of(std::int32_t bars) {
  SEGUE_CHECK(bars > 0);
  const auto size = static_cast<std::size_t>(bars) + 1;
  std::vector<std::int32_t> cost(size, std::numeric_limits<std::int32_t>::max());
  std::vector<std::int32_t> last(size, 0);
  cost[0] = 0;
  for (std::int32_t sum = 1; sum <= bars; ++sum) {
    const auto at = static_cast<std::size_t>(sum);
    for (std::int32_t take = 1; take <= std::min(sum, 8); ++take) {
      const std::int32_t total = cost[static_cast<std::size_t>(sum - take)] + cost_of(take);
      if (total >= cost[at]) continue;
      cost[at] = total;
      last[at] = take;
    }
  }
  std::vector<std::int32_t> lengths;
  for (std::int32_t left = bars; left > 0; left -= last[static_cast<std::size_t>(left)])
    lengths.push_back(last[static_cast<std::size_t>(left)]);
  // The odd ones at both ends, as opening and close.
  std::sort(lengths.begin(), lengths.end(), std::greater<>());
  if (lengths.size() > 2 && lengths.back() < 4)
    std::rotate(lengths.begin(), lengths.end() - 1, lengths.end());
  return lengths;
}

Plan plan_of(const Specification& piece, const Counts& counts) {
  Plan plan;
  plan.metre = metre_of(piece);
  measure(piece, plan);
  Draws draws(piece.seed ^ 0x706C'616EULL);
  name_sections(piece, draws, plan);
  place_chords(piece, counts, draws, plan);
  return plan;
}

}  // namespace segue::music
