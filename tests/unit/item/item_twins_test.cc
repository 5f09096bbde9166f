#include <gtest/gtest.h>

#include "tests/unit/twins.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

TEST(ItemTwins, a_play_of_a_twin_renames_nothing) {
  const twins::Twins two = twins::find("track-");
  ASSERT_EQ(track_id(two.text), track_id(two.twin));
  World world;
  world.play(completed(two.text, "miles", kNoon));

  Event mallory = completed(two.twin, "mallory", kNoon + kMinute);
  mallory.user_id = "mallory";
  world.play(mallory);

  const ItemId item = item_of(track_id(two.text));
  ASSERT_NE(world.item(item), nullptr);
  EXPECT_EQ(world.item(item)->name, two.text);
  EXPECT_EQ(world.item(item)->plays, 1U);
  EXPECT_EQ(world.models()[world.models().find(item)].name, two.text);
}

}  // namespace
}  // namespace segue::test
