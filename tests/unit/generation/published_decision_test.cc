#include "core/generation/published_decision.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/generation/examples.h"

namespace segue {
namespace {

PublishedDecision full_decision() {
  const GenerationJob job = test::full_job();
  return {.id = "segue.events.v1/3/12/1",
          .user_id = "ada",
          .time = job.created,
          .trigger = job.trigger,
          .answer = Answer::listed,
          .job_id = job.id,
          .track_id = "segue-composed-1",
          .wish = job.wish,
          .specification = job.specification};
}

TEST(PublishedDecision, survives_the_way_there_and_back) {
  const PublishedDecision full = full_decision();
  PublishedDecision bare;
  bare.id = "segue.events.v1/3/13/1";
  bare.user_id = "ada";
  bare.time = full.time;

  for (const PublishedDecision& decision : {full, bare}) {
    const auto back = decode_decision(encode(decision));

    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, decision);
  }
}

TEST(PublishedDecision, its_examples_are_what_is_written) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SEGUE_EXAMPLES)) {
    if (!entry.path().filename().string().starts_with("generation-decision.")) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const boost::json::value value = boost::json::parse(text.str()).at("value");
    const auto decision = decode_decision(boost::json::serialize(value));
    ASSERT_TRUE(decision) << entry.path() << ": " << decision.error().detail;
    EXPECT_EQ(decode_decision(encode(*decision))->trigger, decision->trigger);
    const auto written = boost::json::parse(encode(*decision)).as_object();
    for (const auto& field : value.as_object()) {
      EXPECT_TRUE(written.contains(field.key())) << field.key();
    }
    ++read;
  }
  EXPECT_GE(read, 2);
}

TEST(PublishedDecision, what_is_wrong_is_named) {
  const auto refusal = [](std::string_view from, std::string_view to) {
    std::string text = encode(full_decision());
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    const auto read = decode_decision(text.replace(at, from.size(), to));
    return read ? std::string("accepted") : read.error().detail;
  };

  EXPECT_NE(refusal(R"("listed")", R"("lost")").find("answer"), std::string::npos);
  EXPECT_NE(refusal(R"("propensity":0.5)", R"("propensity":2)").find("decision.propensity"),
            std::string::npos);
  EXPECT_NE(refusal(R"("schema_version":1)", R"("schema_version":2)").find("newer"),
            std::string::npos);
  EXPECT_NE(refusal(R"("decision_id")", R"("id")").find("decision_id"), std::string::npos);
  EXPECT_EQ(decode_decision("[]").error().reason, Reason::malformed);
}

}  // namespace
}  // namespace segue
