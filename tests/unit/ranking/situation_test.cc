#include "core/ranking/situation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "core/ranking/sources/source.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

float value_of(const Eigen::VectorXf& situation, std::string_view column) {
  const auto columns = situation_columns();
  const auto at = std::find(columns.begin(), columns.end(), column);
  EXPECT_NE(at, columns.end()) << column;
  return at == columns.end() ? -999 : situation[at - columns.begin()];
}

Eigen::VectorXf situation_of(World& world) {
  Eigen::VectorXf situation;
  describe_situation(Query(world.listener(), world.models()), situation);
  return situation;
}

TEST(Situation, has_a_column_for_each_name_and_each_source) {
  const Listener newcomer;
  const ItemModels models{Tuning{}};
  Eigen::VectorXf situation = Eigen::VectorXf::Ones(3);

  describe_situation(Query(newcomer, models), situation);

  const auto columns = situation_columns();
  EXPECT_EQ(situation.size(), static_cast<Eigen::Index>(columns.size()));
  EXPECT_EQ(std::set<std::string_view>(columns.begin(), columns.end()).size(), columns.size());
  for (const Source* source : sources()) EXPECT_EQ(value_of(situation, source->name), 0);
  EXPECT_EQ(value_of(situation, "position"), 0) << "what stood there before is gone";
}

TEST(Situation, says_how_much_of_the_session_was_heard_before) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"blue", "miles"}}, kNoon);

  const Eigen::VectorXf situation = situation_of(world);

  EXPECT_FLOAT_EQ(value_of(situation, "session_repeats"), 0.25F) << "one of three, with doubt";
  EXPECT_EQ(value_of(situation, "last_repeat"), 1);
  EXPECT_GT(value_of(situation, "artist_run"), 0);
  EXPECT_GT(value_of(situation, "company"), 0);
}

TEST(Situation, begins_afresh_with_a_session) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}}, kNoon);
  const float before = value_of(situation_of(world), "position");

  world.play(completed("train", "john", kNoon + 9 * kHour));

  EXPECT_LT(value_of(situation_of(world), "position"), before);
}

TEST(Situation, knows_the_hour_of_the_day) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  EXPECT_NEAR(value_of(situation_of(world), "hour_cos"), -1, 1e-4);

  world.play(completed("so", "miles", kNoon + 6 * kHour));
  EXPECT_NEAR(value_of(situation_of(world), "hour_sin"), -1, 1e-4);

  world.play(completed("train", "john", kNoon + 12 * kHour));
  EXPECT_NEAR(value_of(situation_of(world), "hour_cos"), 1, 1e-4);
}

}  // namespace
}  // namespace segue::test
