#include "tests/scenarios/scenario.h"

#include <gtest/gtest.h>

#include <string>

// That a scenario which is wrong, or finds something wrong, says so.
namespace segue::scenarios {
namespace {

constexpr const char* kBlue =
    R"({"event":{"listener":"ada","type":"playback.completed","track":"blue","artist":"miles"}})"
    "\n";

std::vector<Failure> played(const std::string& line) {
  return Scenario().play(kBlue + line + "\n");
}

std::string said(const std::string& line) {
  const std::vector<Failure> failures = played(line);
  EXPECT_EQ(failures.size(), 1U) << line;
  if (failures.empty()) return "";
  EXPECT_EQ(failures.front().line, 2) << line;
  return failures.front().text;
}

TEST(ScenarioRunner, what_holds_is_silent) {
  EXPECT_TRUE(played(R"({"expect":{"listener":"ada","listens":1,"list_size":1}})").empty());
}

TEST(ScenarioRunner, a_failed_expectation_is_reported_with_its_line) {
  EXPECT_TRUE(said(R"({"expect":{"listener":"ada","listens":2}})")
                  .starts_with("listens: expected 2, found 1\n  the list is\n    1. blue"));
  EXPECT_TRUE(said(R"({"expect":{"listener":"ada","signals":[]}})")
                  .starts_with("signals: expected nothing, found blue played, miles played\n"));
  EXPECT_EQ(said(R"({"expect":{"listener":"bob","listens":0}})"),
            "there was no event of bob\n  there is no list yet");
}

TEST(ScenarioRunner, a_failure_shows_the_list_that_is_there) {
  const std::vector<Failure> failures = Scenario().play(
      std::string(kBlue) + kBlue + R"({"expect":{"listener":"ada","list_contains":["so"]}})");

  ASSERT_EQ(failures.size(), 1U);
  EXPECT_NE(failures[0].text.find("so is not in the list"), std::string::npos);
  EXPECT_NE(failures[0].text.find("1. blue"), std::string::npos);
  EXPECT_NE(failures[0].text.find("You come back to this"), std::string::npos);
}

TEST(ScenarioRunner, every_expectation_can_fail) {
  for (const std::string expectation :
       {R"("outcome":"duplicate")", R"("dead_letter":"too_old")", R"("refreshed":false)",
        R"("was_at":1)", R"("list":["x"])", R"("list_size":3)", R"("first":"x")",
        R"("list_contains":["x"])", R"("order":["x"])", R"("list_changed":false)",
        R"("artist_run_max":-1)", R"("reason":{"track":"x","source":"next"})", R"("events":7)",
        R"("session_listens":7)", R"("remembers":["x"])", R"("remembers_not":["blue"])",
        R"("bytes_max":3)", R"("unheard":true)"}) {
    EXPECT_FALSE(played(R"({"expect":{"listener":"ada",)" + expectation + "}}").empty())
        << expectation;
  }
  for (const std::string expectation : {R"("known":false)", R"("plays":2)", R"("skips":1)",
                                        R"("signals":5)", R"("followers":["x"])"}) {
    EXPECT_FALSE(played(R"({"expect_item":{"track":"blue",)" + expectation + "}}").empty())
        << expectation;
  }
}

TEST(ScenarioRunner, unknown_keys_are_errors) {
  EXPECT_EQ(said(R"({"expects":{"listener":"ada"}})").find("line: unknown key \"expects\""), 0U);
  EXPECT_EQ(said(R"({"expect":{"listener":"ada","listen":1}})")
                .find("expect: unknown key \"listen\"; known are listener, unheard, outcome"),
            0U);
  EXPECT_EQ(said(R"({"event":{"listener":"ada","type":"session.ended","trak":"x"}})")
                .find("event: unknown key \"trak\""),
            0U);
  EXPECT_EQ(said(R"({"catalog":{"track":"x","name":"X"}})").find("catalog: unknown key"), 0U);
}

TEST(ScenarioRunner, lines_that_cannot_be_understood_are_errors) {
  EXPECT_EQ(said("{"), "the line is not a JSON object");
  EXPECT_EQ(said("[]"), "the line is not a JSON object");
  EXPECT_EQ(said("{}"), "a line says one thing");
  EXPECT_EQ(said(R"({"expect":{"listener":"ada"}})"), "expect: says nothing of ada");
  EXPECT_EQ(said(R"({"expect":{"listener":"ada","listens":"1"}})"),
            "expect: \"listens\" is not a whole number");
  EXPECT_EQ(said(R"({"event":{"type":"session.ended"}})"), "event: \"listener\" is missing");
  EXPECT_EQ(said(R"({"event":{"listener":"ada","type":"playback.hummed"}})"),
            "event: there is no type playback.hummed");
  EXPECT_EQ(said(R"({"event":{"listener":"ada","type":"session.ended","at":"soon"}})"),
            "event: \"at\" is not like +30s, +5m, -2h or +1d");
  EXPECT_EQ(said(R"({"again":"nothing"})"), "again: no event was called nothing");
  EXPECT_EQ(said(R"({"repeat":{"times":0,"lines":[]}})"),
            "repeat: needs \"times\", 1 to 100,000, and \"lines\"");
  EXPECT_EQ(said(R"({"tuning":{"k":5}})"), "tuning: comes before the first event");
}

TEST(ScenarioRunner, a_scenario_must_expect_something) {
  const std::vector<Failure> failures = Scenario().play(kBlue);

  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].text, "the scenario expects nothing");
}

}  // namespace
}  // namespace segue::scenarios
