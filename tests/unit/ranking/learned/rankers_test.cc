#include "core/ranking/learned/rankers.h"

#include <gtest/gtest.h>

#include "tests/unit/blobs.h"

namespace segue::test {
namespace {

const Experiment kNone{};
const Experiment kWider{.name = "wider", .share = 0.5, .trial = {}};
const Experiment kCalmer{.name = "calmer", .share = 0.5, .trial = {}};

void learn_something(Ranker& ranker) {
  const Features features = Features::Random(4, ranker.linear().weights().size());
  Eigen::VectorXf scores;
  ranker.linear().score(features, 4, nullptr, scores);
  ranker.linear().learn(features, scores, 1, {}, nullptr, Tuning{});
}

TEST(Rankers, a_trial_begins_with_what_the_control_knows) {
  Rankers rankers{.control = trained_ranker(), .trial = {}};

  EXPECT_TRUE(encode(rankers.of(Variant::trial, kWider)) == encode(rankers.control));
}

TEST(Rankers, each_variant_learns_alone) {
  Rankers rankers{.control = trained_ranker(), .trial = {}};
  const std::string before = encode(rankers.control);

  learn_something(rankers.of(Variant::trial, kWider));

  EXPECT_TRUE(encode(rankers.control) == before);
  EXPECT_EQ(rankers.of(Variant::trial, kWider).learned(), rankers.control.learned() + 1);
}

TEST(Rankers, another_experiment_begins_afresh) {
  Rankers rankers{.control = trained_ranker(), .trial = {}};
  learn_something(rankers.of(Variant::trial, kWider));

  EXPECT_TRUE(encode(rankers.of(Variant::trial, kCalmer)) == encode(rankers.control));
}

TEST(Rankers, an_ended_experiment_is_forgotten) {
  Rankers rankers = pair_of_rankers();

  rankers.keep_only(kWider);
  EXPECT_TRUE(rankers.trial);
  rankers.keep_only(kNone);
  EXPECT_FALSE(rankers.trial);
}

TEST(Rankers, without_a_trial_the_blob_is_the_rankers_own) {
  const Rankers rankers{.control = trained_ranker(), .trial = {}};

  EXPECT_TRUE(encode(rankers) == encode(rankers.control));
}

TEST(Rankers, a_blob_from_before_there_were_experiments_is_read) {
  const Ranker alone = trained_ranker();

  const Result<Rankers> back = decode_rankers(encode(alone));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_TRUE(encode(back->control) == encode(alone));
  EXPECT_FALSE(back->trial);
}

TEST(Rankers, a_pair_survives_the_way_there_and_back) {
  const Rankers rankers = pair_of_rankers();

  const Result<Rankers> back = decode_rankers(encode(rankers));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_TRUE(encode(back->control) == encode(rankers.control));
  ASSERT_TRUE(back->trial);
  EXPECT_EQ(back->trial->experiment, "wider");
  EXPECT_TRUE(encode(back->trial->ranker) == encode(rankers.trial->ranker));
}

TEST(Rankers, a_pair_whose_parts_cannot_be_read_is_refused) {
  std::string blob = encode(pair_of_rankers());
  blob[1 + 1 + 5 + 2] = '\x7f';  // the control's version, behind name and length

  const Result<Rankers> back = decode_rankers(blob);

  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().reason, Reason::unknown_version);
}

}  // namespace
}  // namespace segue::test
