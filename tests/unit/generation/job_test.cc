#include "core/generation/job.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/generation/result.h"
#include "tests/unit/generation/examples.h"

namespace segue {
namespace {

// `json` with the first `from` replaced.
std::string with(std::string json, std::string_view from, std::string_view to) {
  const auto at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return json.replace(at, from.size(), to);
}

TEST(GenerationJob, survives_the_way_there_and_back) {
  const GenerationJob job = test::full_job();

  const auto back = decode_job(encode(job));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, job);
}

// The value of every example of that message.
std::vector<boost::json::value> examples(std::string_view message) {
  std::vector<boost::json::value> values;
  for (const auto& entry : std::filesystem::directory_iterator(SEGUE_EXAMPLES)) {
    if (!entry.path().filename().string().starts_with(message)) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    values.push_back(boost::json::parse(text.str()).at("value"));
  }
  return values;
}

TEST(GenerationExamples, are_read_and_written_as_shown) {
  int seen = 0;
  for (const auto& value : examples("generation-job.")) {
    const auto job = decode_job(boost::json::serialize(value));
    ASSERT_TRUE(job) << job.error().detail;
    EXPECT_EQ(boost::json::parse(encode(*job)), value);
    ++seen;
  }
  for (const auto& value : examples("generation-result.")) {
    const auto result = decode_result(boost::json::serialize(value));
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(boost::json::parse(encode(*result)), value);
    ++seen;
  }
  EXPECT_GE(seen, 3);
}

TEST(GenerationJob, an_id_follows_from_the_event_alone) {
  const std::string id = job_id_of("ada", 7, "e-1", 12);

  EXPECT_EQ(id.size(), 32);
  EXPECT_EQ(job_id_of("ada", 7, "e-1", 12), id);
  EXPECT_NE(job_id_of("ad", 7, "ae-1", 12), id);
  EXPECT_NE(job_id_of("ada", 8, "e-1", 12), id);
  EXPECT_NE(job_id_of("ada", 7, "e-2", 12), id);
  EXPECT_NE(job_id_of("ada", 7, "e-1", 13), id);
}

TEST(GenerationJob, its_track_is_known_by_its_id) {
  EXPECT_TRUE(is_composed_id(composed_track_id(test::full_job().id)));
  EXPECT_FALSE(is_composed_id("t-1"));
  EXPECT_FALSE(is_composed_id(""));
}

TEST(GenerationJob, refuses_what_is_no_job) {
  const std::string good = encode(test::full_job());
  const auto reason = [](const std::string& json) {
    const auto job = decode_job(json);
    EXPECT_FALSE(job) << json;
    EXPECT_FALSE(job.error().detail.empty());
    return job.error().reason;
  };

  EXPECT_EQ(reason(""), Reason::malformed);
  EXPECT_EQ(reason("[]"), Reason::malformed);
  EXPECT_EQ(reason("{}"), Reason::missing_field);
  EXPECT_EQ(reason(std::string(kJobBytesMax + 1, ' ')), Reason::too_large);
  EXPECT_EQ(reason(with(good, R"("schema_version":1)", R"("schema_version":2)")),
            Reason::unknown_version);
  EXPECT_EQ(reason(with(good, R"("user_id":"ada")", R"("user_id":5)")), Reason::bad_field);
  EXPECT_EQ(reason(with(good, R"("job_id":")", R"("job_id":"x)")), Reason::bad_field);
  EXPECT_EQ(reason(with(good, R"("rule":"skips")", R"("rule":"whim")")), Reason::bad_field);
  EXPECT_EQ(reason(with(good, R"("deadline":")", R"("deadline":"x)")), Reason::bad_time);
  EXPECT_EQ(reason(with(good, R"("genre":"jazz")", R"("genre":"jaz")")), Reason::bad_field);
}

TEST(GenerationJob, names_the_whole_path_of_a_bad_field) {
  const auto job =
      decode_job(with(encode(test::full_job()), R"("early_skips":2)", R"("early_skips":-2)"));

  ASSERT_FALSE(job);
  EXPECT_TRUE(job.error().detail.starts_with("trigger.signals.early_skips ")) << job.error().detail;
}

TEST(GenerationJob, unknown_fields_are_ignored) {
  const std::string json = encode(test::full_job());

  EXPECT_EQ(*decode_job(with(json, "{", R"({"later":[1],)")), test::full_job());
}

TEST(GenerationResult, survives_the_way_there_and_back) {
  for (const GenerationResult& result : test::results()) {
    const auto back = decode_result(encode(result));

    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, result);
  }
}

TEST(GenerationResult, only_what_goes_on_supersedes) {
  const auto at = [](Stage stage) {
    GenerationResult result;
    result.stages = {{stage, 0}};
    return result;
  };

  EXPECT_TRUE(supersedes(at(Stage::rendering), at(Stage::composing)));
  EXPECT_FALSE(supersedes(at(Stage::composing), at(Stage::rendering)));
  EXPECT_FALSE(supersedes(at(Stage::composing), at(Stage::composing)));
  EXPECT_TRUE(supersedes(at(Stage::failed), at(Stage::queued)));
  EXPECT_FALSE(supersedes(at(Stage::failed), at(Stage::ready)));
}

TEST(GenerationResult, refuses_what_is_no_result) {
  const std::string ready = encode(test::results().front());
  const std::string failed = encode(test::results().back());
  const auto reason = [](const std::string& json) {
    const auto result = decode_result(json);
    EXPECT_FALSE(result) << json;
    return result.error().reason;
  };

  EXPECT_EQ(reason("{}"), Reason::missing_field);
  EXPECT_EQ(reason(with(ready, R"("stage":"ready",)", R"("stage":"failed",)")), Reason::bad_field);
  EXPECT_EQ(reason(with(ready, R"("track":)", R"("truck":)")), Reason::missing_field);
  EXPECT_EQ(reason(with(ready, R"("stage":"composing")", R"("stage":"rendering")")),
            Reason::bad_field);
  EXPECT_EQ(reason(with(failed, R"("reason":)", R"("raisin":)")), Reason::missing_field);
  EXPECT_EQ(reason(with(failed, R"([{"stage":"failed",)", R"([{"stage":"fell",)")),
            Reason::bad_field);
  EXPECT_EQ(reason(with(failed, R"("stages":[)", R"("stages":[5,)")), Reason::bad_field);
}

}  // namespace
}  // namespace segue
