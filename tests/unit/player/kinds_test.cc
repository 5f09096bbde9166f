#include "consumers/player/kinds.h"

#include <gtest/gtest.h>

#include "core/ids.h"

namespace segue::player {
namespace {

Kinds some() {
  Kinds kinds;
  for (const char* name : {"Jazz", "jazz", "Post Rock", "Rock", "ambient", "ambient", "ambient"}) {
    kinds.add(name);
  }
  kinds.add("");
  return kinds;
}

TEST(Kinds, are_found_in_any_case_and_named_as_the_catalogue_does) {
  const Kinds kinds = some();

  EXPECT_EQ(*kinds.find("JAZZ"), "Jazz");
  EXPECT_EQ(*kinds.find(kind_hash("post rock")), "Post Rock");
  EXPECT_EQ(kinds.find("polka"), nullptr);
  EXPECT_EQ(kinds.find(""), nullptr);
}

TEST(Kinds, a_text_names_the_longest) {
  const Kinds kinds = some();

  EXPECT_EQ(*kinds.named_in(Words("Some loud post rock, please!")), "Post Rock");
  EXPECT_EQ(*kinds.named_in(Words("jazz?")), "Jazz");
  EXPECT_EQ(kinds.named_in(Words("jazzy")), nullptr);
  EXPECT_EQ(kinds.named_in(Words(" ,, ")), nullptr);
}

TEST(Kinds, of_two_as_long_a_text_names_the_first) {
  const Kinds kinds = some();

  EXPECT_EQ(*kinds.named_in(Words("ambient jazz")), "ambient");
  EXPECT_EQ(*kinds.named_in(Words("ambient  post,rock")), "Post Rock");
  EXPECT_EQ(*kinds.named_in(Words("post jazz")), "Jazz");
}

TEST(Kinds, are_looked_for_in_as_many_words_as_prose_has) {
  const Kinds kinds = some();
  const auto named_after = [&](std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += "a ";
    return kinds.named_in(Words(text + "jazz")) != nullptr;
  };

  EXPECT_TRUE(named_after(Words::kMax - 1));
  EXPECT_FALSE(named_after(Words::kMax));
}

TEST(Kinds, kinds_of_the_most_tracks_come_first_and_empty_ones_go) {
  Kinds kinds = some();

  EXPECT_EQ(kinds.most(2), (std::vector<std::string>{"ambient", "Jazz"}));
  kinds.remove("Rock");
  EXPECT_EQ(kinds.find("rock"), nullptr);
}

TEST(Kinds, are_one_however_they_are_written) {
  Kinds kinds;
  kinds.add("\u00C9lectronique");
  kinds.add("E\u0301LECTRONIQUE");

  EXPECT_EQ(*kinds.find("\u00E9lectronique"), "\u00C9lectronique");
  EXPECT_EQ(*kinds.find(kind_hash("\u00C9lectronique")), "\u00C9lectronique");
  EXPECT_EQ(*kinds.named_in(Words("de l' e\u0301lectronique\u00A0!")), "\u00C9lectronique");
  EXPECT_EQ(kinds.most(9).size(), 1U);
}

}  // namespace
}  // namespace segue::player
