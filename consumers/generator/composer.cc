#include "consumers/generator/composer.h"

#include "core/io/labels/digest.h"
#include "core/music/compose.h"
#include "core/music/counts.h"
#include "core/music/midi.h"

namespace segue::generator {
namespace {

std::vector<io::DrawnNote> drawn(const music::Score& score) {
  const double tick_s = static_cast<double>(score.microseconds_per_quarter) / 1e6 /
                        static_cast<double>(music::kTicksPerQuarter);
  std::vector<io::DrawnNote> notes;
  for (std::size_t part = 0; part < score.parts.size(); ++part) {
    for (const music::Note& note : score.parts[part].notes) {
      notes.push_back({.from_s = note.onset * tick_s,
                       .to_s = (note.onset + note.duration) * tick_s,
                       .pitch = note.pitch,
                       .part = static_cast<int>(part)});
    }
  }
  return notes;
}

}  // namespace

Composer composer() {
  const Ingredient model = {.kind = "model",
                            .name = "segue-music-counts",
                            .version = "1",
                            .sha256 = io::sha256(music::built_in_count_bytes())};
  return [model](const Specification& specification) {
    const music::Score score = music::compose(specification, music::built_in_counts());
    return Composition{.midi = music::midi(score), .notes = drawn(score), .model = model};
  };
}

}  // namespace segue::generator
