// How long composing takes as a share of the music, and what can be counted of how it sounds:
//   segue-music-bench [PIECES]
// Each piece is read back from its MIDI first: its length and its key must be those specified.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "core/music/compose.h"
#include "core/music/midi.h"
#include "core/music/plan.h"

namespace {

using namespace segue;
using Clock = std::chrono::steady_clock;

struct Figures {
  std::vector<double> composing_ms;
  double empty_bars = 0;     // of the tune, a share (MuseGAN's EB; Dong et al., 2018)
  double pitch_classes = 0;  // used in a bar of the tune (its UPC)
  double qualified = 0;      // notes of at least a sixteenth, a share (its QN)
  double in_scale = 0;       // notes in the key's scale, a share
  double grooving = 0;       // agreement of neighbouring bars' rhythms (MusDr; Wu and Yang, 2020)
};

bool is_as_specified(const Specification& piece, const music::Score& read) {
  const double seconds = static_cast<double>(read.ticks) * read.microseconds_per_quarter / 480e6;
  return std::abs(seconds - static_cast<double>(piece.seconds)) <= 0.1 && read.key == piece.key &&
         read.parts.front().notes.back().pitch % 12 == piece.key.tonic;
}

void listen(const Specification& piece, const music::Score& read, Figures& figures) {
  const std::vector<music::Note>& tune = read.parts.front().notes;
  const std::int32_t bar_ticks = read.ticks_per_bar();
  const auto bars = static_cast<std::size_t>(std::max(read.ticks / bar_ticks, 1));
  std::vector<std::set<int>> classes(bars);
  std::vector<std::uint32_t> rhythms(bars);
  const auto& scale = music::scale_of(piece.key.mode);
  double qualified = 0;
  double inside = 0;
  for (const music::Note& note : tune) {
    const auto bar = std::min(static_cast<std::size_t>(note.onset / bar_ticks), bars - 1);
    classes[bar].insert(note.pitch % 12);
    rhythms[bar] |= 1U << static_cast<unsigned>(note.onset % bar_ticks / 120 % 32);
    qualified += note.duration >= 110 ? 1 : 0;
    const int above = (note.pitch - piece.key.tonic + 12) % 12;
    inside += std::find(scale.begin(), scale.end(), above) != scale.end() ? 1 : 0;
  }
  double empty = 0;
  double used = 0;
  double grooving = 0;
  for (std::size_t bar = 0; bar < bars; ++bar) {
    empty += classes[bar].empty() ? 1 : 0;
    used += static_cast<double>(classes[bar].size());
    if (bar > 0)
      grooving += 1 - std::popcount(rhythms[bar] ^ rhythms[bar - 1]) / (bar_ticks / 120.0);
  }
  figures.empty_bars += empty / static_cast<double>(bars);
  figures.pitch_classes += used / std::max(static_cast<double>(bars) - empty, 1.0);
  figures.qualified += qualified / static_cast<double>(tune.size());
  figures.in_scale += inside / static_cast<double>(tune.size());
  figures.grooving += grooving / std::max(static_cast<double>(bars) - 1, 1.0);
}

Figures measured(Genre genre, int pieces) {
  Figures figures;
  for (int i = 0; i < pieces; ++i) {
    const auto piece = checked({.genre = std::string(name_of(genre)),
                                .seconds = 180.0F,
                                .seed = static_cast<std::uint64_t>(i)});
    const auto start = Clock::now();
    const std::string bytes = music::midi(music::compose(*piece, music::built_in_counts()));
    const std::chrono::duration<double, std::milli> took = Clock::now() - start;
    const auto read = music::read_midi(bytes);
    if (!read || !is_as_specified(*piece, *read)) {
      std::fprintf(stderr, "not as specified: %s\n", encode(*piece).c_str());
      std::exit(1);
    }
    figures.composing_ms.push_back(took.count());
    listen(*piece, *read, figures);
  }
  std::sort(figures.composing_ms.begin(), figures.composing_ms.end());
  return figures;
}

}  // namespace

int main(int argc, char** argv) {
  const int pieces = argc > 1 ? std::clamp(std::atoi(argv[1]), 1, 10'000) : 20;
  music::built_in_counts();  // read once a program, not once a piece
  std::printf("%d pieces of 180 s a genre, each checked\n\n", pieces);
  std::printf(
      "| genre | composing p50 / most, ms | share of the music | empty bars | pitch classes a bar "
      "| "
      "qualified notes | in scale | grooving |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
  for (std::size_t g = 0; g < kGenres; ++g) {
    const Figures figures = measured(static_cast<Genre>(g), pieces);
    const double middle = figures.composing_ms[figures.composing_ms.size() / 2];
    std::printf("| %s | %.1f / %.1f | %.4f %% | %.1f %% | %.2f | %.1f %% | %.1f %% | %.2f |\n",
                std::string(name_of(static_cast<Genre>(g))).c_str(), middle,
                figures.composing_ms.back(), middle / 180'000 * 100,
                100 * figures.empty_bars / pieces, figures.pitch_classes / pieces,
                100 * figures.qualified / pieces, 100 * figures.in_scale / pieces,
                figures.grooving / pieces);
  }
  return 0;
}
