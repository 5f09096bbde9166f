// Functional harmony: tonic, subdominant and dominant follow each other by a grammar; which chord
// has the function is drawn from what followed what in the corpora.
#include <string>

#include "core/music/plan.h"

namespace segue::music {
namespace {

enum class Function : std::uint8_t { tonic, before, dominant };

using Degrees = std::uint8_t;  // as bits

// Which degrees may have a function. In modes without a leading note the seventh degree, a whole
// step below the tonic, leads home.
Degrees degrees_with(Function function, Key key, const Style& style) {
  constexpr auto bit = [](int degree) { return 1U << static_cast<unsigned>(degree); };
  const bool leads_from_seventh = key.mode == Mode::mixolydian || key.mode == Mode::dorian ||
                                  (key.mode == Mode::minor && !style.classical_minor);
  switch (function) {
    case Function::tonic:
      // In major the sixth stands for the tonic; in minor the third and sixth do.
      return static_cast<Degrees>(bit(0) | bit(5) | (key.mode == Mode::minor ? bit(2) : 0U));
    case Function::before:
      // The minor's second degree is diminished: only with sevenths, as jazz has it.
      return static_cast<Degrees>(bit(3) |
                                  (key.mode == Mode::minor && !style.sevenths ? 0U : bit(1)) |
                                  (leads_from_seventh && key.mode == Mode::minor ? bit(5) : 0U));
    default:
      return static_cast<Degrees>(leads_from_seventh ? bit(6) | bit(4) : bit(4));
  }
}

Function next_of(Function now, Draws& draws) {
  const int at = draws.below(100);
  switch (now) {
    case Function::tonic:
      return at < 30 ? Function::tonic : at < 75 ? Function::before : Function::dominant;
    case Function::before:
      return at < 20 ? Function::before : at < 70 ? Function::dominant : Function::tonic;
    default:
      return at < 85 ? Function::tonic : Function::before;
  }
}

// The functions of a number of chords; the last ones are the cadence.
std::vector<Function> functions_of(std::size_t chords, bool full, Draws& draws) {
  std::vector<Function> functions(chords, Function::tonic);
  for (std::size_t i = 1; i < chords; ++i) functions[i] = next_of(functions[i - 1], draws);
  const auto from_end = [&](std::size_t back, Function function) {
    if (back < chords) functions[chords - 1 - back] = function;
  };
  from_end(0, full ? Function::tonic : Function::dominant);
  from_end(1, full ? Function::dominant : Function::before);
  from_end(2, full ? Function::before : Function::tonic);
  return functions;
}

std::string table_of(Key key, const Style& style) {
  const bool minor = key.mode == Mode::minor || key.mode == Mode::dorian;
  return "chords." + std::string(style.chords) + (minor ? ".minor" : ".major");
}

}  // namespace

const std::array<std::uint8_t, 7>& scale_of(Mode mode) {
  static constexpr std::array<std::array<std::uint8_t, 7>, kModes> kScales = {{
      {0, 2, 4, 5, 7, 9, 11},
      {0, 2, 3, 5, 7, 8, 10},
      {0, 2, 3, 5, 7, 9, 10},
      {0, 2, 4, 5, 7, 9, 10},
  }};
  return kScales[static_cast<std::size_t>(mode)];
}

std::vector<std::uint8_t> degrees_of(std::size_t chords, bool full, Key key, const Style& style,
                                     const Counts& counts, Draws& draws) {
  const CountTable& table = counts.table(table_of(key, style));
  const std::vector<Function> functions = functions_of(chords, full, draws);
  std::vector<std::uint8_t> degrees;
  std::vector<std::uint32_t> before;
  for (std::size_t i = 0; i < chords; ++i) {
    const Degrees allowed = degrees_with(functions[i], key, style);
    const bool home = i == 0 || (i + 1 == chords && full);
    const auto weight = [&](std::uint32_t degree) -> std::uint32_t {
      if (home) return degree == 0 ? 1'000 : 0;
      // The home chord stands at both ends; between them it would sound like standing still.
      return (allowed >> degree & 1) == 0 ? 0 : degree == 0 ? 400 : 1'000;
    };
    const auto drawn = table.draw(before, draws, weight);
    std::uint8_t degree = 0;  // where the corpora know none that is allowed: the first that is
    while (!drawn && !home && (allowed >> degree & 1) == 0) ++degree;
    degrees.push_back(drawn ? static_cast<std::uint8_t>(*drawn) : degree);
    before.push_back(degrees.back());
    if (before.size() > 2) before.erase(before.begin());
  }
  return degrees;
}

Chord chord_on(std::uint8_t degree, Key key, const Style& style) {
  const auto& scale = scale_of(key.mode);
  const auto class_of = [&](int steps) {
    int semitones = scale[static_cast<std::size_t>((degree + steps) % 7)];
    // The dominant of a minor key borrows the leading note.
    const bool leading = (degree + steps) % 7 == 6 && degree == 4;
    if (leading && key.mode == Mode::minor && style.classical_minor) semitones = 11;
    return (key.tonic + semitones) % 12;
  };
  Chord chord{.degree = degree, .root = static_cast<std::uint8_t>(class_of(0))};
  for (const int steps : {0, 2, 4})
    chord.classes |= static_cast<std::uint16_t>(1 << class_of(steps));
  if (style.sevenths) chord.classes |= static_cast<std::uint16_t>(1 << class_of(6));
  return chord;
}

}  // namespace segue::music
