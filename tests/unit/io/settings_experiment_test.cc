#include <gtest/gtest.h>

#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

Config with(const std::string& name, const std::string& changes) {
  Config config;
  config.model.k = 30;
  config.experiment = {.name = name, .share = 0.25, .changes = changes};
  return config;
}

// The refusal of an experiment, or "" if it is accepted.
std::string refusal(const std::string& name, const std::string& changes) {
  try {
    experiment_of(with(name, changes));
  } catch (const SettingsError& wrong) {
    return wrong.what();
  }
  return {};
}

TEST(ExperimentSettings, changes_go_on_top_of_the_model_settings) {
  const Experiment experiment =
      experiment_of(with("wider", "model.candidates_max=1024, model.ranker_rate = 0.5"));

  EXPECT_EQ(experiment.name, "wider");
  EXPECT_EQ(experiment.share, 0.25);
  EXPECT_EQ(experiment.trial.k, 30);
  EXPECT_EQ(experiment.trial.candidates_max, 1024);
  EXPECT_EQ(experiment.trial.ranker_rate, 0.5);
}

TEST(ExperimentSettings, there_is_none_unless_it_has_a_name) {
  EXPECT_FALSE(experiment_of(Config{}).runs());
  EXPECT_EQ(refusal("", "model.k=5"), "experiment.changes needs an experiment.name");
}

TEST(ExperimentSettings, two_equal_variants_may_be_compared) {
  EXPECT_EQ(experiment_of(with("alike", "")).trial.k, 30);
}

TEST(ExperimentSettings, what_is_unknown_is_refused_with_the_nearest) {
  EXPECT_EQ(refusal("x", "model.candidate_max=64"),
            "Unknown setting \"model.candidate_max\" in experiment.changes; the nearest is "
            "model.candidates_max");
  EXPECT_EQ(refusal("x", "k=64"),
            "Unknown setting \"k\" in experiment.changes; the nearest is model.k");
}

TEST(ExperimentSettings, what_is_out_of_bounds_is_refused_with_the_bounds) {
  EXPECT_EQ(refusal("x", "model.k=0"),
            "model.k must be a whole number, 1 to 100; \"0\" was given in experiment.changes");
  EXPECT_EQ(refusal("x", "model.ranker_rate=nan"),
            "model.ranker_rate must be a number, 0 to 1; \"nan\" was given in experiment.changes");
  EXPECT_EQ(refusal("x", "model.k="),
            "model.k must be a whole number, 1 to 100; \"\" was given in experiment.changes");
}

TEST(ExperimentSettings, what_both_variants_share_is_refused) {
  for (const std::string name :
       {"model.models_held_max", "model.trend_half_life_days", "worker.threads"}) {
    const std::string said = refusal("x", name + "=2000");
    EXPECT_TRUE(said.starts_with("experiment.changes cannot change " + name)) << said;
  }
}

TEST(ExperimentSettings, what_is_no_list_of_changes_is_refused) {
  EXPECT_EQ(refusal("x", "model.k"),
            "experiment.changes must be NAME=VALUE, separated by commas; \"model.k\" has no =");
  EXPECT_EQ(refusal("x", "model.k=5,,model.k=6"),
            "experiment.changes must be NAME=VALUE, separated by commas; \"\" has no =");
  EXPECT_EQ(refusal("x", "model.k=5,model.k=6"), "experiment.changes changes model.k twice");
}

TEST(ExperimentSettings, names_are_short_and_plain) {
  EXPECT_EQ(refusal("mmr_0-3", ""), "");
  for (const std::string& name : {std::string("control"), std::string("Wider"), std::string("a b"),
                                  std::string("a/b"), std::string(41, 'x')}) {
    EXPECT_TRUE(refusal(name, "").starts_with("experiment.name must be")) << name;
  }
}

}  // namespace
}  // namespace segue::io
