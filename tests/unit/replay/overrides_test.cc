#include "loadtest/evaluate/overrides.h"

#include <gtest/gtest.h>

#include "core/io/settings/settings.h"

namespace segue {
namespace {

std::string complaint(std::string_view changes) {
  try {
    tuning_with(Config{}, changes);
  } catch (const io::SettingsError& wrong) {
    return wrong.what();
  }
  return {};
}

TEST(Overrides, change_the_model_alone) {
  Config config;
  config.model.candidates_max = 99;

  const Tuning tuning = tuning_with(config, "model.k=7,model.ranker_rate=0.5");

  EXPECT_EQ(tuning.k, 7);
  EXPECT_EQ(tuning.ranker_rate, 0.5);
  EXPECT_EQ(tuning.candidates_max, 99);
  EXPECT_EQ(tuning_with(config, "").k, Tuning{}.k);
}

TEST(Overrides, name_what_is_wrong) {
  EXPECT_NE(complaint("model.kk=7").find("model.k"), std::string::npos);
  EXPECT_NE(complaint("log.level=debug").find("settings of the model"), std::string::npos);
  EXPECT_NE(complaint("model.k").find("has no ="), std::string::npos);
  EXPECT_NE(complaint("model.k=0").find("model.k"), std::string::npos);
}

TEST(Overrides, compare_may_be_followed_by_both_sides) {
  using Words = std::vector<std::string>;

  EXPECT_EQ(spread_compare({"x", "--compare", "", "model.k=1", "--json"}),
            (Words{"x", "--compare", "", "--against", "model.k=1", "--json"}));
  EXPECT_EQ(spread_compare({"x", "--compare", "a", "--against", "b"}),
            (Words{"x", "--compare", "a", "--against", "b"}));
  EXPECT_EQ(spread_compare({"x", "--json"}), (Words{"x", "--json"}));
}

}  // namespace
}  // namespace segue
