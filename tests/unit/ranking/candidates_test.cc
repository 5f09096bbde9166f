#include "core/ranking/candidates.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

class CandidatesTest : public testing::Test {
 protected:
  CandidatesTest() {
    for (const std::string track : {"a", "b", "c"}) world_.play(completed(track, "miles", kNoon));
  }
  ItemModels::Slot slot(std::string_view track) {
    return world_.models().find(item_of(track_id(track)));
  }
  World world_;
  Candidates candidates_;
};

TEST_F(CandidatesTest, a_track_proposed_twice_stands_once) {
  candidates_.clear(world_.models(), 10);

  candidates_.add(slot("a"), 0, 1, 3);
  candidates_.add(slot("b"), 0, 1);
  candidates_.add(slot("a"), 0, 2, 5);
  candidates_.add(slot("a"), 1, 4);

  ASSERT_EQ(candidates_.size(), 2U);
  EXPECT_EQ(candidates_.find(slot("a")), 0);
  EXPECT_EQ(candidates_[0].raw[0], 3);
  EXPECT_EQ(candidates_[0].raw[1], 4);
  EXPECT_EQ(candidates_[0].from[0], 3) << "where it was proposed first";
  EXPECT_EQ(candidates_.find(slot("c")), -1);
}

TEST_F(CandidatesTest, once_full_only_known_ones_gain) {
  candidates_.clear(world_.models(), 1);

  EXPECT_NE(candidates_.add(slot("a"), 0, 1), nullptr);
  EXPECT_EQ(candidates_.add(slot("b"), 0, 1), nullptr);
  EXPECT_NE(candidates_.add(slot("a"), 1, 1), nullptr);
  EXPECT_EQ(candidates_.size(), 1U);
}

TEST_F(CandidatesTest, what_only_the_catalogue_knows_can_be_recommended) {
  world_.models().enrich(entry("only-in-the-catalogue", "C"));
  candidates_.clear(world_.models(), 10);

  EXPECT_NE(candidates_.add(slot("only-in-the-catalogue"), 0, 1), nullptr);
}

TEST_F(CandidatesTest, what_cannot_be_recommended_is_ignored) {
  world_.models().take_down(track_id("b"));
  candidates_.clear(world_.models(), 10);

  EXPECT_EQ(candidates_.add(slot("b"), 0, 1), nullptr);
  EXPECT_EQ(candidates_.add(world_.models().find(item_of(artist_id("miles"))), 0, 1), nullptr);
  EXPECT_EQ(candidates_.add(ItemModels::kNone, 0, 1), nullptr);
  EXPECT_EQ(candidates_.size(), 0U);
}

TEST_F(CandidatesTest, a_new_round_forgets_the_last) {
  candidates_.clear(world_.models(), 10);
  candidates_.add(slot("a"), 0, 1);

  candidates_.clear(world_.models(), 10);

  EXPECT_EQ(candidates_.find(slot("a")), -1);
  EXPECT_EQ(candidates_.size(), 0U);
}

}  // namespace
}  // namespace segue::test
