#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/generation/wish/specification.h"
#include "core/math/draws.h"
#include "core/music/compose.h"
#include "core/music/midi.h"

namespace segue::music::test {

// A wish drawn by lot: any genre and mood, now and then tempo, key, instruments and energy said
// too.
inline Specification drawn(Draws& draws) {
  for (;;) {
    Wished wished;
    wished.genre = name_of(static_cast<Genre>(draws.below(kGenres)));
    wished.mood = name_of(static_cast<Mood>(draws.below(kMoods)));
    wished.seconds = static_cast<float>(50 + draws.below(2'000)) / 10;
    wished.seed = draws.next();
    if (draws.chance(500)) wished.tempo_bpm = kTempoMin + draws.below(kTempoMax - kTempoMin + 1);
    if (draws.chance(500))
      wished.key = name_of(
          Key{static_cast<std::uint8_t>(draws.below(12)), static_cast<Mode>(draws.below(kModes))});
    if (draws.chance(300)) wished.energy = static_cast<float>(draws.below(101)) / 100;
    const int players = draws.chance(600) ? 1 + draws.below(kInstrumentsMax) : 0;
    for (int i = 0; i < players; ++i)
      wished.instruments.emplace_back(instruments()[static_cast<std::size_t>(draws.below(
                                                        static_cast<int>(instruments().size())))]
                                          .name);
    const auto piece = checked(wished);
    if (piece) return *piece;
  }
}

inline Specification wished(std::string genre, std::string mood, float seconds,
                            std::uint64_t seed = 1) {
  const auto piece = checked(
      {.genre = std::move(genre), .mood = std::move(mood), .seconds = seconds, .seed = seed});
  EXPECT_TRUE(piece) << piece.error().detail;
  return *piece;
}

inline Score played(const Specification& piece) {
  const auto score = read_midi(midi(compose(piece, built_in_counts())));
  EXPECT_TRUE(score) << score.error().detail << " in " << encode(piece);
  return score ? *score : Score{};
}

}  // namespace segue::music::test
