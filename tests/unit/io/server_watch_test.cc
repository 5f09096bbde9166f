#include "core/io/server_watch.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <vector>

#include "core/io/health_server.h"
#include "core/io/log.h"
#include "core/io/metrics/metrics.h"

namespace segue::io {
namespace {

namespace json = boost::json;

// A program's health and metrics, and what the watch writes into its log.
struct Watched {
  Health health;
  Metrics metrics;
  ServerWatch watch{health, metrics};

  std::vector<json::object> lines_of(const std::vector<std::pair<Server, bool>>& answers) {
    log::start("segue-test", "info");
    testing::internal::CaptureStderr();
    for (const auto& [server, answered] : answers) watch.note(server, answered);
    std::istringstream written(testing::internal::GetCapturedStderr());
    std::vector<json::object> lines;
    for (std::string line; std::getline(written, line);) {
      lines.push_back(json::parse(line).as_object());
    }
    return lines;
  }

  bool has_metric(std::string_view line) const {
    return metrics.text().find(line) != std::string::npos;
  }
};

TEST(ServerWatch, a_silent_server_makes_its_program_not_ready) {
  Watched program;

  program.lines_of({{Server::kafka, true}, {Server::redis, false}});

  EXPECT_FALSE(program.health.ready());
  EXPECT_EQ(program.health.codes(), "no_store");
  EXPECT_TRUE(program.has_metric("segue_dependency_up{dependency=\"redis\"} 0"));
  EXPECT_TRUE(program.has_metric("segue_dependency_up{dependency=\"kafka\"} 1"));

  program.lines_of({{Server::redis, true}, {Server::kafka, false}});

  EXPECT_EQ(program.health.codes(), "no_log");
  EXPECT_TRUE(is_away(Server::kafka));
  EXPECT_FALSE(is_away(Server::redis));
  EXPECT_TRUE(program.has_metric("segue_dependency_up{dependency=\"kafka\"} 0"));
}

TEST(ServerWatch, says_once_that_a_server_is_away_and_once_that_it_is_back) {
  Watched program;

  const auto lines = program.lines_of({{Server::redis, true},
                                       {Server::redis, false},
                                       {Server::redis, false},
                                       {Server::redis, true},
                                       {Server::redis, true}});

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("level"), "warn");
  EXPECT_EQ(lines[0].at("server"), "redis");
  EXPECT_EQ(lines[0].at("code"), "no_store");
  EXPECT_EQ(lines[1].at("server"), "redis");
  EXPECT_GE(lines[1].at("away_s").as_double(), 0);
}

TEST(ServerWatch, an_absence_of_one_server_is_not_the_others) {
  Watched program;

  const auto lines =
      program.lines_of({{Server::redis, false}, {Server::kafka, true}, {Server::redis, true}});

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].at("server"), "redis");
}

}  // namespace
}  // namespace segue::io
