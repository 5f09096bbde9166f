#include "core/music/counts.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace segue::music {
namespace {

std::string refused(std::string_view bytes) {
  const auto counts = read_counts(bytes);
  return counts ? "read" : counts.error().detail;
}

TEST(Counts, those_in_the_program_are_read) {
  const auto counts = read_counts(built_in_count_bytes());

  ASSERT_TRUE(counts) << counts.error().detail;
  EXPECT_LT(built_in_count_bytes().size(), kCountsBytesMax);
}

TEST(Counts, bytes_that_are_cut_or_follow_are_refused_in_one_line) {
  const std::string_view whole = built_in_count_bytes();
  for (const std::size_t size : {0UL, 3UL, 4UL, 5UL, 9UL, 100UL, whole.size() - 1}) {
    const std::string why = refused(whole.substr(0, size));
    EXPECT_TRUE(why.starts_with("music counts: ")) << size << ": " << why;
    EXPECT_EQ(why.find('\n'), std::string::npos);
  }
  EXPECT_EQ(refused(std::string(whole) + "x"), "music counts: are cut off, or bytes follow");
  EXPECT_EQ(refused("MIDI" + std::string(whole.substr(4))), "music counts: do not begin with SGMC");
}

TEST(Counts, another_version_and_missing_tables_are_named) {
  EXPECT_EQ(read_counts(std::string("SGMC\x02\0", 6)).error().reason, Reason::unknown_version);
  EXPECT_EQ(refused(std::string("SGMC\x01\0", 6)), "music counts: no table bass");
}

TEST(Counts, what_followed_often_is_drawn_often) {
  const CountTable& table = built_in_counts().table("chords.pop.major");
  Draws draws(1);
  std::map<std::uint32_t, int> drawn;
  const std::array<std::uint32_t, 1> dominant = {4};
  for (int i = 0; i < 1'000; ++i)
    ++drawn[*table.draw(dominant, draws, [](std::uint32_t) { return 1'000U; })];

  EXPECT_GT(drawn[0], drawn[2]);  // home after the dominant
}

TEST(Counts, an_unseen_context_falls_back_to_a_shorter_one) {
  const CountTable& table = built_in_counts().table("chords.pop.major");
  Draws draws(1);
  const std::array<std::uint32_t, 2> unseen = {13, 13};

  EXPECT_TRUE(table.after(unseen).empty());
  EXPECT_TRUE(table.draw(unseen, draws, [](std::uint32_t) { return 1'000U; }).has_value());
  EXPECT_FALSE(table.draw(unseen, draws, [](std::uint32_t) { return 0U; }).has_value());
}

}  // namespace
}  // namespace segue::music
