#include "core/composing/fit_filter.h"

#include <gtest/gtest.h>

#include "core/ids.h"

namespace segue {
namespace {

constexpr Micros kNow = 1'795'262'400 * kSecond;  // in 2026

TEST(FitFilter, a_length_that_was_not_said_is_one_it_has) {
  for (const auto& [min, max] : {std::pair(20'000, 30'000), std::pair(200'000, 300'000),
                                 std::pair(44'000, 44'300), std::pair(1'000, 5'100)}) {
    Filter filter;
    filter.length_ms = {.min = min, .max = max};
    Wished wished{.genre = "jazz"};

    EXPECT_EQ(fit_filter(filter, kNow, wished), "");

    const auto piece = checked(wished);
    ASSERT_TRUE(piece) << piece.error().detail;
    EXPECT_TRUE(filter.length_ms.has(static_cast<std::int32_t>(piece->seconds * 1'000)))
        << piece->seconds;
  }
}

TEST(FitFilter, a_length_that_it_has_stays) {
  Filter filter;
  filter.length_ms = {.min = 10'000, .max = 300'000};
  Wished wished{.genre = "jazz", .seconds = 77.0F};

  EXPECT_EQ(fit_filter(filter, kNow, wished), "");

  EXPECT_EQ(wished.seconds, 77.0F);
}

TEST(FitFilter, a_genre_that_it_lacks_is_one_it_has) {
  Filter filter;
  filter.genres = {kind_hash("Folk")};
  Wished wished{.genre = "jazz"};

  EXPECT_EQ(fit_filter(filter, kNow, wished), "");

  EXPECT_EQ(wished.genre, "folk");
}

TEST(FitFilter, what_nothing_new_can_meet_says_why) {
  Wished wished;
  Filter recorded;
  recorded.kind = Filter::Kind::recorded;
  Filter old;
  old.year.max = 2025;
  Filter polka;
  polka.genres = {kind_hash("polka")};
  Filter opera;
  opera.length_ms.min = 10'000'000;
  Filter instant;
  instant.length_ms = {.min = 60'000, .max = 60'100};

  Filter fresh;
  fresh.not_heard_days = 30;
  EXPECT_EQ(fit_filter(fresh, kNow, wished), "the filter's days leave out composed music");
  EXPECT_EQ(fit_filter(recorded, kNow, wished), "the filter asks for recorded music");
  EXPECT_EQ(fit_filter(old, kNow, wished), "the filter's years leave out what is new");
  EXPECT_EQ(fit_filter(polka, kNow, wished), "no composer knows a genre of the filter");
  EXPECT_EQ(fit_filter(opera, kNow, wished), "nothing of the filter's length can be composed");
  EXPECT_EQ(fit_filter(instant, kNow, wished), "nothing of the filter's length can be composed");
}

}  // namespace
}  // namespace segue
