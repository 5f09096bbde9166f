// Styles and moods differ to the ear: measured, as far as notes can say it.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "tests/unit/music/pieces.h"

namespace segue::music {
namespace {

// Features of a piece, each about 0 to 1.
using Features = std::array<double, 7>;

Features features_of(const Specification& piece) {
  const Score score = compose(piece, built_in_counts());
  Features sums = {};
  double notes = 0;
  double drums = 0;
  for (const Part& part : score.parts) {
    if (part.role == Role::drums) drums = static_cast<double>(part.notes.size());
    for (const Note& note : part.notes) {
      if (part.role == Role::drums) continue;
      ++notes;
      sums[0] += note.pitch / 100.0;
      sums[1] += note.velocity / 127.0;
      sums[2] += std::min(note.duration / 1'920.0, 1.0);
      sums[3] += note.onset % 480 > 60 ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) sums[i] /= notes;
  sums[4] = std::min(notes / static_cast<double>(piece.seconds) / 12, 1.0);
  sums[5] = std::min(drums / static_cast<double>(piece.seconds) / 12, 1.0);
  sums[6] = piece.tempo_bpm / 150.0;
  return sums;
}

Features mean_of(const std::string& genre, const std::string& mood) {
  constexpr int kOfEachStyle = 10;
  Features mean = {};
  for (std::uint64_t seed = 0; seed < kOfEachStyle; ++seed) {
    const Features one = features_of(test::wished(genre, mood, 45, seed));
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += one[i] / kOfEachStyle;
  }
  return mean;
}

double distance(const Features& a, const Features& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

TEST(Styles, every_two_are_further_apart_than_two_halves_of_one) {
  std::array<Features, kGenres> means = {};
  for (std::size_t g = 0; g < kGenres; ++g)
    means[g] = mean_of(std::string(name_of(static_cast<Genre>(g))), "happy");

  for (std::size_t a = 0; a < kGenres; ++a) {
    for (std::size_t b = a + 1; b < kGenres; ++b) {
      EXPECT_GT(distance(means[a], means[b]), 0.12)
          << name_of(static_cast<Genre>(a)) << " and " << name_of(static_cast<Genre>(b));
    }
  }
}

TEST(Moods, energetic_is_faster_louder_and_denser_than_calm) {
  for (const char* genre : {"jazz", "rock", "folk", "classical"}) {
    const Features calm = mean_of(genre, "calm");
    const Features energetic = mean_of(genre, "energetic");
    EXPECT_GT(energetic[6], calm[6]) << genre;
    EXPECT_GT(energetic[1], calm[1] + 0.05) << genre;
    EXPECT_GT(energetic[4], calm[4]) << genre;
  }
}

TEST(Moods, happy_is_higher_and_more_often_major_than_sad) {
  int happy_major = 0;
  int sad_major = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    happy_major += test::wished("classical", "happy", 20, seed).key.mode == Mode::major ? 1 : 0;
    sad_major += test::wished("classical", "sad", 20, seed).key.mode == Mode::major ? 1 : 0;
  }
  EXPECT_GT(happy_major, 25);
  EXPECT_LT(sad_major, 5);
  EXPECT_GT(mean_of("classical", "happy")[0], mean_of("classical", "sad")[0]);
}

// A letter that comes back is the same tune, varied: its bars' rhythms agree more than those of two
// different letters.
TEST(Styles, a_section_that_returns_is_recognised) {
  double same = 0;
  double other = 0;
  int sames = 0;
  int others = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Specification piece = test::wished("folk", "happy", 90, seed);
    const Score score = compose(piece, built_in_counts());
    const auto pitches_in = [&](const Section& section) {
      std::array<int, 128> heard = {};
      for (const Note& note : score.parts[0].notes) {
        const int bar = note.onset / score.ticks_per_bar() - section.bar;
        if (bar >= 0 && bar < 8) heard[static_cast<std::size_t>(bar * 16 + note.pitch % 12)] = 1;
      }
      return heard;
    };
    for (std::size_t a = 0; a < score.sections.size(); ++a) {
      for (std::size_t b = a + 1; b < score.sections.size(); ++b) {
        if (score.sections[a].bars != 8 || score.sections[b].bars != 8) continue;
        const auto one = pitches_in(score.sections[a]);
        const auto two = pitches_in(score.sections[b]);
        int both = 0;
        int either = 0;
        for (std::size_t i = 0; i < one.size(); ++i) {
          both += one[i] != 0 && two[i] != 0 ? 1 : 0;
          either += one[i] != 0 || two[i] != 0 ? 1 : 0;
        }
        const bool letter = score.sections[a].letter == score.sections[b].letter;
        (letter ? same : other) += either == 0 ? 0 : 1.0 * both / either;
        ++(letter ? sames : others);
      }
    }
  }
  ASSERT_GT(sames, 10);
  ASSERT_GT(others, 10);
  EXPECT_GT(same / sames, other / others + 0.2);
}

}  // namespace
}  // namespace segue::music
