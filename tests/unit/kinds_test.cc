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

TEST(Kinds, are_found_whatever_their_capitals_as_the_catalogue_writes_them) {
  const Kinds kinds = some();

  EXPECT_EQ(*kinds.find("JAZZ"), "Jazz");
  EXPECT_EQ(*kinds.find(kind_hash("post rock")), "Post Rock");
  EXPECT_EQ(kinds.find("polka"), nullptr);
  EXPECT_EQ(kinds.find(""), nullptr);
}

TEST(Kinds, a_text_names_the_longest) {
  const Kinds kinds = some();

  EXPECT_EQ(*kinds.named_in("Some loud post rock, please!"), "Post Rock");
  EXPECT_EQ(*kinds.named_in("jazz?"), "Jazz");
  EXPECT_EQ(kinds.named_in("jazzy"), nullptr);
  EXPECT_EQ(kinds.named_in(" ,, "), nullptr);
}

TEST(Kinds, those_of_the_most_tracks_come_first_and_nobodys_go) {
  Kinds kinds = some();

  EXPECT_EQ(kinds.most(2), (std::vector<std::string>{"ambient", "Jazz"}));
  kinds.remove("Rock");
  EXPECT_EQ(kinds.find("rock"), nullptr);
}

}  // namespace
}  // namespace segue::player
