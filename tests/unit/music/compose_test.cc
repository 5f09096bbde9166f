// Promises of every piece, read back from the MIDI bytes as somebody else would.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/music/plan.h"
#include "core/music/voicing.h"
#include "tests/unit/music/pieces.h"

namespace segue::music {
namespace {

constexpr std::uint64_t kSeed = 20'261'128;
constexpr int kPieces = 300;

struct Piece {
  Specification wished;
  Score composed;
  Score read;  // from the MIDI bytes
};

const std::vector<Piece>& pieces() {
  static const std::vector<Piece> all = [] {
    Draws draws(kSeed);
    std::vector<Piece> composed;
    for (int i = 0; i < kPieces; ++i) {
      const Specification wished = test::drawn(draws);
      composed.push_back({wished, compose(wished, built_in_counts()), test::played(wished)});
    }
    return composed;
  }();
  return all;
}

// Calls `check(specification, score as read)` for 300 pieces drawn by lot.
template <class Check>
void each_piece(const Check& check) {
  for (const Piece& piece : pieces()) {
    if (testing::Test::HasFailure()) return;
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ": " + encode(piece.wished));
    check(piece.wished, piece.read);
  }
}

double seconds_of(const Score& score) {
  return static_cast<double>(score.ticks) * score.microseconds_per_quarter / 480e6;
}

TEST(Compose, lasts_as_long_as_specified_and_bends_tempo_little) {
  each_piece([](const Specification& piece, const Score& score) {
    EXPECT_NEAR(seconds_of(score), static_cast<double>(piece.seconds), 0.05);
    EXPECT_NEAR(6e7 / score.microseconds_per_quarter / piece.tempo_bpm, 1, 0.01);
    std::int32_t end = 0;
    for (const Part& part : score.parts)
      for (const Note& note : part.notes) end = std::max(end, note.onset + note.duration);
    EXPECT_LE(end, score.ticks);
    EXPECT_GT(end, score.ticks * 7 / 10);
  });
}

TEST(Compose, plays_the_instruments_and_no_others) {
  each_piece([](const Specification& piece, const Score& score) {
    std::set<int> wanted;
    std::set<int> heard;
    for (const InstrumentId id : piece.instruments)
      wanted.insert(is_drums(id) ? 1'000 : instrument(id).program);
    for (const Part& part : score.parts) {
      EXPECT_FALSE(part.notes.empty()) << part.name;
      heard.insert(part.channel == 9 ? 1'000 : part.program);
    }
    EXPECT_EQ(heard, wanted);
  });
}

TEST(Compose, stays_in_the_range_of_each_instrument) {
  each_piece([](const Specification& piece, const Score& score) {
    for (const InstrumentId id : piece.instruments) {
      if (is_drums(id)) continue;
      for (const Part& part : score.parts) {
        if (part.channel == 9 || part.program != instrument(id).program) continue;
        for (const Note& note : part.notes) {
          EXPECT_GE(note.pitch, instrument(id).lowest) << part.name;
          EXPECT_LE(note.pitch, instrument(id).highest) << part.name;
        }
      }
    }
  });
}

TEST(Compose, keeps_to_its_key_and_ends_at_home) {
  each_piece([](const Specification& piece, const Score& score) {
    EXPECT_EQ(score.key, piece.key);
    const auto& scale = scale_of(piece.key.mode);
    int inside = 0;
    int all = 0;
    for (const Part& part : score.parts) {
      if (part.channel == 9) continue;
      for (const Note& note : part.notes) {
        const int above = (note.pitch - piece.key.tonic + 12) % 12;
        inside += std::find(scale.begin(), scale.end(), above) != scale.end() ? 1 : 0;
        ++all;
      }
    }
    EXPECT_GT(inside, all * 85 / 100);
    EXPECT_EQ(score.parts[0].notes.back().pitch % 12, piece.key.tonic);
    for (const Part& part : score.parts) {
      if (!part.name.starts_with("bass")) continue;
      EXPECT_EQ(part.notes.back().pitch % 12, piece.key.tonic) << part.name;
    }
  });
}

TEST(Compose, moves_no_voices_in_parallel_fifths_or_octaves) {
  int chords = 0;
  for (const auto& [piece, score, read] : pieces()) {
    for (std::size_t c = 1; c < score.chords.size(); ++c, ++chords)
      ASSERT_EQ(parallels(score.chords[c - 1], score.chords[c]), 0)
          << "seed " << kSeed << ": " << encode(piece) << ", chord " << c;
  }
  EXPECT_GT(chords, 5'000);
}

TEST(Compose, ends_with_a_dominant_and_the_tonic) {
  for (const auto& [piece, score, read] : pieces()) {
    EXPECT_EQ(score.chords.back().degree, 0) << encode(piece);
    if (score.chords.size() < 3) continue;
    const int before = score.chords[score.chords.size() - 2].degree;
    EXPECT_TRUE(before == 4 || before == 6) << encode(piece) << ": degree " << before;
  }
}

TEST(Compose, leaves_no_more_bars_empty_than_the_style_allows) {
  std::map<Genre, std::pair<int, int>> empty_of_all;
  each_piece([&](const Specification& piece, const Score& score) {
    std::set<int> filled;
    for (const Note& note : score.parts[0].notes) filled.insert(note.onset / score.ticks_per_bar());
    auto& [empty, all] = empty_of_all[piece.genre];
    const int bars = score.ticks / score.ticks_per_bar();
    all += bars;
    empty += std::max(bars - static_cast<int>(filled.size()), 0);
  });
  for (const auto& [genre, bars] : empty_of_all)
    EXPECT_LE(bars.first * 100, bars.second * (style_of(genre).breath + 10)) << name_of(genre);
}

TEST(Compose, the_same_specification_gives_the_same_bytes) {
  for (std::size_t i = 0; i < 30; ++i) {
    const auto& [piece, score, read] = pieces()[i];
    EXPECT_EQ(midi(compose(piece, built_in_counts())), midi(score));
  }
}

TEST(Compose, another_seed_gives_another_piece) {
  std::set<std::string> pieces;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    pieces.insert(midi(compose(test::wished("jazz", "calm", 30, seed), built_in_counts())));
  EXPECT_EQ(pieces.size(), 50U);
}

// FNV-1a: short, and the same everywhere.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100'0000'01B3ULL;
  return hash;
}

// Builds with and without optimisation run this test: their pieces are the same. Where composing
// was changed on purpose, the number printed goes here.
TEST(Compose, every_build_composes_the_same) {
  std::string all;
  for (std::size_t i = 0; i < 60; ++i) all += midi(pieces()[i].composed);
  EXPECT_EQ(hash_of(all), 10'710'743'404'841'443'750ULL);
}

TEST(Lengths, sum_up_to_the_bars_and_are_mostly_eights) {
  for (std::int32_t bars = 1; bars <= 600; ++bars) {
    std::int32_t sum = 0;
    std::int32_t eights = 0;
    for (const std::int32_t length : lengths_of(bars)) {
      sum += length;
      eights += length == 8 ? length : 0;
    }
    EXPECT_EQ(sum, bars);
    EXPECT_GE(eights, bars - 16);
  }
}

}  // namespace
}  // namespace segue::music
