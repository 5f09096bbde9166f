#include "core/generation/wish/wish.h"

#include <gtest/gtest.h>

namespace segue {
namespace {

WishPlace place(const Wished& wished) { return *place_of(*wish_of(wished)); }

TEST(Wish, the_seed_makes_no_other_wish) {
  EXPECT_EQ(*wish_of({.genre = "jazz", .seed = 1}), *wish_of({.genre = "jazz", .seed = 2}));
}

TEST(Wish, every_genre_mood_and_instrument_is_read_back) {
  for (std::size_t g = 0; g < kGenres; ++g) {
    for (std::size_t m = 0; m < kMoods; ++m) {
      const auto genre = static_cast<Genre>(g);
      const auto mood = static_cast<Mood>(m);
      const WishPlace read =
          place({.genre = std::string(name_of(genre)), .mood = std::string(name_of(mood))});
      EXPECT_EQ(read.genre, genre);
      EXPECT_EQ(read.mood, mood);
      EXPECT_NE(read.instruments, 0U);
    }
  }
}

TEST(Wish, what_is_no_wish_has_no_place) {
  for (const char* const text : {"", "jazz", "jazz|calm|t12", "jazz|calm|t12|k0major|s34|e1|x",
                                 "jazz|calm|tx|k0major|s34|e1|i1", "jazz|calm|t1|k0|s34|e1|i1"}) {
    EXPECT_FALSE(place_of(text)) << text;
  }
}

TEST(Wish, distance_grows_with_the_difference) {
  const Wished calm{.genre = "jazz", .mood = "calm", .tempo_bpm = 80};
  Wished faster = calm;
  faster.tempo_bpm = 84;
  Wished fast = calm;
  fast.tempo_bpm = 140;
  Wished other = calm;
  other.genre = "rock";

  EXPECT_EQ(distance(place(calm), place(calm)), 0);
  EXPECT_LE(distance(place(calm), place(faster)), 0.05F);
  EXPECT_GT(distance(place(calm), place(fast)), 0.2F);
  EXPECT_EQ(distance(place(calm), place(other)), 1);
  EXPECT_EQ(distance(place(fast), place(calm)), distance(place(calm), place(fast)));
}

TEST(Wish, a_listener_reads_what_was_said) {
  EXPECT_EQ(phrase_of({.genre = "jazz",
                       .mood = "calm",
                       .tempo_bpm = 60,
                       .key = "F# minor",
                       .seconds = 90,
                       .instruments = {"piano", "double bass", "drums"}}),
            "calm jazz at 60 bpm in F# minor with piano, double bass and drums, 90 seconds long");
  EXPECT_EQ(phrase_of({.mood = "calm"}), "calm music");
  EXPECT_EQ(phrase_of({}), "music");
}

}  // namespace
}  // namespace segue
