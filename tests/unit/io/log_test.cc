#include "core/io/log.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>
#include <stdexcept>

namespace segue::io {
namespace {

namespace json = boost::json;

// The lines that `act` wrote to stderr. The level goes back to info afterwards, so that tests do
// not meet.
template <class Act>
std::string written(std::string_view level, Act act) {
  log::start("segue-test", level);
  testing::internal::CaptureStderr();
  act();
  std::string text = testing::internal::GetCapturedStderr();
  log::start("segue-test", "info");
  return text;
}

TEST(Log, a_line_is_one_json_object_with_its_fields) {
  const std::string line = written("info", [] {
    log::info("Catalog loaded.", {{"tracks", std::int64_t{7}},
                                  {"seconds", 0.5},
                                  {"complete", true},
                                  {"topic", std::string("segue.catalog.v1")}});
  });

  const json::object object = json::parse(line).as_object();
  EXPECT_EQ(object.at("level"), "info");
  EXPECT_EQ(object.at("msg"), "Catalog loaded.");
  EXPECT_EQ(object.at("component"), "segue-test");
  EXPECT_EQ(object.at("tracks"), 7);
  EXPECT_EQ(object.at("seconds"), 0.5);
  EXPECT_EQ(object.at("complete"), true);
  EXPECT_EQ(object.at("topic"), "segue.catalog.v1");
  EXPECT_EQ(object.at("ts").as_string().size(), std::string("2026-11-21T02:26:52.125Z").size());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Log, whatever_a_text_holds_the_line_stays_json) {
  // Control characters, a byte that is never UTF-8, an overlong form, a surrogate.
  const std::string text = "a\"b\\c\nd\x01\x7F \xFF \xC0\xAF \xED\xA0\x80 {} %v \xE2\x99\xAA";

  const std::string line = written("info", [&] { log::warn(text, {{"error", text}}); });

  const json::object object = json::parse(line).as_object();
  EXPECT_TRUE(object.at("msg").as_string().starts_with("a\"b\\c\nd\x01\x7F \xEF\xBF\xBD "));
  EXPECT_TRUE(object.at("msg").as_string().ends_with("{} %v \xE2\x99\xAA"));
  EXPECT_EQ(object.at("msg"), object.at("error"));
}

TEST(Log, a_number_that_json_lacks_becomes_null) {
  const std::string line = written("info", [] {
    log::error("Odd.", {{"seconds", std::numeric_limits<double>::infinity()}});
  });

  EXPECT_TRUE(json::parse(line).as_object().at("seconds").is_null());
}

TEST(Log, below_its_level_nothing_is_written) {
  const auto all = [] {
    log::debug("d");
    log::info("i");
    log::warn("w");
    log::error("e");
  };

  const std::string at_warn = written("warn", all);
  const std::string at_debug = written("debug", all);

  EXPECT_EQ(std::count(at_warn.begin(), at_warn.end(), '\n'), 2);
  EXPECT_EQ(std::count(at_debug.begin(), at_debug.end(), '\n'), 4);
}

TEST(Log, an_unknown_level_names_the_setting) {
  try {
    log::start("segue-test", "loud");
    FAIL() << "the level was taken";
  } catch (const std::invalid_argument& wrong) {
    EXPECT_NE(std::string(wrong.what()).find("log.level"), std::string::npos);
    EXPECT_NE(std::string(wrong.what()).find("loud"), std::string::npos);
  }
}

}  // namespace
}  // namespace segue::io
