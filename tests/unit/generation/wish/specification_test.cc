#include "core/generation/wish/specification.h"

#include <gtest/gtest.h>

#include <string>

#include "core/math/draws.h"

namespace segue {
namespace {

Wished calm_jazz() {
  return {.genre = "jazz",
          .mood = "calm",
          .tempo_bpm = 60,
          .key = "Bb minor",
          .seconds = 61.26F,
          .instruments = {"piano", "double bass", "drums"},
          .energy = 0.25F,
          .seed = 18'446'744'073'709'551'615ULL};
}

std::string refused(const Wished& wished) {
  const auto piece = checked(wished);
  return piece ? "accepted" : piece.error().detail;
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos;
}

TEST(Specification, what_was_said_is_kept) {
  const auto piece = checked(calm_jazz());

  ASSERT_TRUE(piece) << piece.error().detail;
  EXPECT_EQ(piece->genre, Genre::jazz);
  EXPECT_EQ(piece->mood, Mood::calm);
  EXPECT_EQ(piece->tempo_bpm, 60);
  EXPECT_EQ(piece->key, (Key{10, Mode::minor}));
  EXPECT_FLOAT_EQ(piece->seconds, 61.3F);
  EXPECT_EQ(piece->instruments.size(), 3U);
  EXPECT_TRUE(is_drums(piece->instruments[2]));
  EXPECT_FLOAT_EQ(piece->energy, 0.25F);
}

TEST(Specification, json_survives_the_way_there_and_back) {
  const auto piece = checked(calm_jazz());
  ASSERT_TRUE(piece);

  const auto back = decode_specification(encode(*piece));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, *piece);
  EXPECT_EQ(encode(*back),
            R"({"genre":"jazz","mood":"calm","tempo_bpm":60,"key":"Bb minor","seconds":61.3,)"
            R"("instruments":["piano","double bass","drums"],"energy":0.25,)"
            R"("seed":"18446744073709551615"})");
}

TEST(Specification, what_is_not_said_follows_from_genre_mood_and_seed) {
  constexpr std::uint64_t kSeed = 20'261'128;
  Draws draws(kSeed);
  for (int i = 0; i < 500; ++i) {
    const Wished wished{.seed = draws.next()};
    const auto piece = checked(wished);
    ASSERT_TRUE(piece) << kSeed << ": " << piece.error().detail;
    EXPECT_EQ(*piece, *checked(wished));
    const auto back = decode_specification(encode(*piece));
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, *piece);
  }
}

TEST(Specification, every_genre_and_mood_go_together) {
  for (std::size_t g = 0; g < kGenres; ++g) {
    for (std::size_t m = 0; m < kMoods; ++m) {
      const Wished wished{.genre = std::string(name_of(static_cast<Genre>(g))),
                          .mood = std::string(name_of(static_cast<Mood>(m))),
                          .seed = g * 100 + m};
      const auto piece = checked(wished);
      ASSERT_TRUE(piece) << piece.error().detail;
      EXPECT_GE(piece->tempo_bpm, kTempoMin);
      EXPECT_LE(piece->tempo_bpm, kTempoMax);
    }
  }
}

TEST(Specification, what_is_said_changes_nothing_else) {
  const Wished bare{.genre = "folk", .seed = 5};
  Wished more = bare;
  more.key = "D dorian";

  const auto one = checked(bare);
  const auto other = checked(more);

  EXPECT_EQ(one->instruments, other->instruments);
  EXPECT_EQ(one->tempo_bpm, other->tempo_bpm);
}

TEST(Specification, an_unknown_word_gets_the_nearest_known) {
  EXPECT_NE(refused({.genre = "jaz"}).find("did you mean 'jazz'?"), std::string::npos);
  EXPECT_NE(refused({.mood = "hapy"}).find("did you mean 'happy'?"), std::string::npos);
  EXPECT_NE(refused({.instruments = {"guitar"}}).find("guitar'?"), std::string::npos);
  EXPECT_NE(refused({.instruments = {"kazoo\n"}}).find("'kazoo?' is not known"), std::string::npos);
}

TEST(Specification, spelling_makes_no_difference) {
  const Wished wished{.genre = "Lo-Fi", .key = "f#m", .instruments = {"Electric_Piano", "DRUMS"}};

  const auto piece = checked(wished);

  ASSERT_TRUE(piece) << piece.error().detail;
  EXPECT_EQ(piece->genre, Genre::lofi);
  EXPECT_EQ(piece->key, (Key{6, Mode::minor}));
}

TEST(Specification, bounds_are_refused_with_a_remedy) {
  const std::vector<Wished> bad = {
      {.seconds = 0.0F},
      {.seconds = 3 * 3600.0F},
      {.seconds = std::numeric_limits<float>::quiet_NaN()},
      {.tempo_bpm = 30},
      {.tempo_bpm = 400},
      {.energy = 1.5F},
      {.energy = -0.1F},
      {.key = "H major"},
      {.key = "C lydian blues"},
      {.instruments = {"piano", "piano"}},
      {.instruments = {"drums"}},
      {.instruments = {"piano", "violin", "viola", "cello", "flute", "oboe", "drums"}},
  };

  for (const Wished& wished : bad) {
    const auto piece = checked(wished);
    ASSERT_FALSE(piece);
    EXPECT_EQ(piece.error().reason, Reason::bad_field);
    EXPECT_TRUE(is_one_line(piece.error().detail));
  }
}

TEST(Specification, contradictions_are_refused) {
  EXPECT_NE(refused({.mood = "calm", .tempo_bpm = 200}).find("contradicts"), std::string::npos);
  EXPECT_NE(refused({.mood = "calm", .energy = 1.0F}).find("contradicts"), std::string::npos);
  EXPECT_NE(refused({.mood = "energetic", .tempo_bpm = 45}).find("contradicts"), std::string::npos);
}

TEST(Specification, json_is_read_strictly) {
  for (const std::string_view bad :
       {R"({"gnre":"jazz"})", R"({"genre":7})", R"({"genre":"jazz","genre":"folk"})",
        R"({"tempo_bpm":60.5})", R"({"seconds":"60"})", R"({"instruments":[]})",
        R"({"instruments":"piano"})", R"({"instruments":["piano",1]})", R"({"seed":-1})",
        R"({"seed":"7x"})", R"({"seed":""})", R"([])", R"({)", "", R"({"genre":null})",
        R"({"genre":[[[[[["a"]]]]]]})"}) {
    const auto piece = decode_specification(bad);
    ASSERT_FALSE(piece) << bad;
    EXPECT_TRUE(is_one_line(piece.error().detail)) << bad;
  }
  EXPECT_EQ(decode_wished(std::string(kSpecificationBytesMax + 1, ' ')).error().reason,
            Reason::too_large);
}

TEST(Specification, keys_are_read_as_people_write_them) {
  EXPECT_EQ(key_named("C"), (Key{0, Mode::major}));
  EXPECT_EQ(key_named("c# minor"), (Key{1, Mode::minor}));
  EXPECT_EQ(key_named("Bb"), (Key{10, Mode::major}));
  EXPECT_EQ(key_named("B"), (Key{11, Mode::major}));
  EXPECT_EQ(key_named("bm"), (Key{11, Mode::minor}));
  EXPECT_EQ(key_named("a-flat Dorian"), (Key{8, Mode::dorian}));
  EXPECT_EQ(key_named("E sharp mixolydian"), (Key{5, Mode::mixolydian}));
  EXPECT_EQ(key_named("Cb major"), (Key{11, Mode::major}));
  EXPECT_EQ(key_named(""), std::nullopt);
  EXPECT_EQ(key_named("H"), std::nullopt);
  for (std::uint8_t tonic = 0; tonic < 12; ++tonic) {
    for (std::size_t mode = 0; mode < kModes; ++mode) {
      const Key key{tonic, static_cast<Mode>(mode)};
      EXPECT_EQ(key_named(name_of(key)), key) << name_of(key);
    }
  }
}

TEST(Specification, nearly_the_same_wish_has_the_same_key) {
  Specification a = *checked(calm_jazz());
  Specification b = a;
  b.seed = 1;
  std::swap(b.instruments[0], b.instruments[1]);
  b.seconds = 61.5F;

  EXPECT_EQ(same_wish(a), same_wish(b));

  b.tempo_bpm = 90;
  EXPECT_NE(same_wish(a), same_wish(b));
  EXPECT_LE(same_wish(a).size(), 300U);
}

TEST(Vocabulary, every_name_is_found_again) {
  for (std::size_t i = 0; i < instruments().size(); ++i) {
    const Instrument& known = instruments()[i];
    ASSERT_TRUE(instrument_named(known.name));
    EXPECT_EQ(instrument_named(known.name)->value, i);
    EXPECT_LT(known.lowest + 20, known.highest) << known.name;
  }
  EXPECT_NE(genres_known().find("jazz"), std::string::npos);
  EXPECT_NE(moods_known().find("calm"), std::string::npos);
  EXPECT_NE(instruments_known().find("double bass"), std::string::npos);
}

}  // namespace
}  // namespace segue
