#include "core/ranking/learned/shared_lessons.h"

#include <gtest/gtest.h>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

// A ranker that has learned from some candidates; which differs by seed.
Ranker taught(int seed, int events = 40) {
  Ranker ranker;
  const auto columns = static_cast<Eigen::Index>(column_layout().names.size());
  std::srand(static_cast<unsigned>(seed));
  const Tuning tuning;
  for (int i = 0; i < events; ++i) {
    const Features features = Features::Random(5, columns);
    Eigen::VectorXf scores;
    ranker.linear().score(features, 5, nullptr, scores);
    ranker.linear().learn(features, scores, 0, {}, nullptr, tuning);
  }
  return ranker;
}

TEST(SharedLessons, the_lessons_of_two_make_a_ranker_that_knows_both) {
  Lessons both = taught(1).lessons();
  both += taught(2).lessons();

  const Ranker one(both);
  const auto stored = decode_ranker(encode(one));

  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->learned(), both.learned);
  EXPECT_TRUE(one.lessons().weights.isApprox(both.weights, 1e-5F));
  EXPECT_TRUE(stored->lessons().squares.isApprox(both.squares, 1e-5F));
}

TEST(SharedLessons, the_lessons_of_others_are_added_to_a_rankers_own) {
  Ranker ada = taught(1);
  const Ranker bob = taught(2);
  const Eigen::VectorXf begin = Ranker{}.linear().weights();
  const Eigen::VectorXf before = ada.linear().weights();
  SharedLessons shared({}, 16);
  shared.put({.partition = 1, .experiment = {}}, bob.lessons());

  ada.learn_from(shared.others(0, Variant::control), shared.version());

  EXPECT_TRUE(ada.linear().weights().isApprox(before + bob.linear().weights() - begin, 1e-5F));
}

TEST(SharedLessons, a_repeated_lesson_counts_once_and_the_latest_replaces_it) {
  SharedLessons shared({}, 16);
  const Ranker late = taught(2, 80);
  Ranker ada = taught(1);
  Ranker heard_all = ada;

  for (const int events : {20, 40, 80, 80}) {
    shared.put({.partition = 1, .experiment = {}}, taught(2, events).lessons());
    heard_all.learn_from(shared.others(0, Variant::control), shared.version());
  }
  SharedLessons last({}, 16);
  last.put({.partition = 1, .experiment = {}}, late.lessons());
  ada.learn_from(last.others(0, Variant::control), last.version());

  EXPECT_TRUE(heard_all.linear().weights().isApprox(ada.linear().weights(), 1e-5F));
}

TEST(SharedLessons, a_ranker_tells_and_stores_only_its_own) {
  Ranker ada = taught(1);
  const Lessons own = ada.lessons();
  SharedLessons shared({}, 16);
  shared.put({.partition = 1, .experiment = {}}, taught(2).lessons());

  ada.learn_from(shared.others(0, Variant::control), shared.version());

  EXPECT_TRUE(ada.lessons().weights.isApprox(own.weights, 1e-5F));
  EXPECT_TRUE(ada.lessons().squares.isApprox(own.squares, 1e-5F));
  EXPECT_EQ(ada.lessons().learned, own.learned);
  const auto stored = decode_lessons(encode(ada));
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->weights.isApprox(own.weights, 1e-5F));
}

TEST(SharedLessons, a_partition_does_not_hear_itself) {
  SharedLessons shared({}, 16);
  shared.put({.partition = 3, .experiment = {}}, taught(1).lessons());

  EXPECT_TRUE(shared.others(3, Variant::control).weights.isZero());
  EXPECT_FALSE(shared.others(4, Variant::control).weights.isZero());
}

TEST(SharedLessons, a_trial_learns_from_other_trials_or_until_then_from_controls) {
  SharedLessons shared("wider", 16);
  const Lessons control = taught(1).lessons();
  const Lessons trial = taught(2).lessons();
  shared.put({.partition = 1, .experiment = {}}, control);
  EXPECT_EQ(shared.others(0, Variant::trial).weights, control.weights);

  shared.put({.partition = 1, .experiment = "wider"}, trial);

  EXPECT_EQ(shared.others(0, Variant::trial).weights, trial.weights);
  EXPECT_EQ(shared.others(0, Variant::control).weights, control.weights);
}

TEST(SharedLessons, other_experiments_and_partitions_there_are_not_are_not_heard) {
  SharedLessons shared("wider", 16);

  shared.put({.partition = 16, .experiment = {}}, taught(1).lessons());
  shared.put({.partition = 1, .experiment = "older"}, taught(1).lessons());

  EXPECT_EQ(shared.version(), 0U);
  EXPECT_EQ(shared.others(0, Variant::trial).learned, 0U);
}

TEST(SharedLessons, there_is_news_after_enough_events) {
  Ranker ada = taught(1, static_cast<int>(Ranker::kSharedEvery) - 1);
  EXPECT_FALSE(ada.has_news());

  ada = taught(1, static_cast<int>(Ranker::kSharedEvery));

  EXPECT_TRUE(ada.has_news());
  EXPECT_FALSE(ada.has_news()) << "it was sent";
}

TEST(SharedLessons, keys_say_whose_they_are) {
  for (const LessonsKey& key : {LessonsKey{3, ""}, LessonsKey{15, "wider-2"}}) {
    EXPECT_EQ(decode_lessons_key(encode(key)), key);
  }
  for (const char* const bad : {"", "x", "-1", "3/", "3x", "99999999999", "/wider"}) {
    EXPECT_FALSE(decode_lessons_key(bad)) << bad;
  }
}

}  // namespace
}  // namespace segue::test
