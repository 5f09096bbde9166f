#include "core/io/traces/traces.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/io/metrics/metrics.h"
#include "core/io/settings/settings.h"
#include "core/io/traces/collector.h"
#include "core/io/traces/otlp.h"

namespace segue::io {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traces, a_request_is_what_a_collector_reads) {
  const std::vector<Span> spans = {
      {.traceparent = std::string(kParent),
       .name = "recommend",
       .from = 1'000'000,
       .to = 1'000'250},
      {.traceparent = std::string(kParent), .name = "a \"b\"", .from = 5, .to = 6, .failed = true}};

  const auto parsed = boost::json::parse(
      otlp_request({.program = "p", .version = "1", .instance = "h/1"}, spans, 0xab));

  const auto& of = parsed.at("resourceSpans").at(0);
  EXPECT_EQ(of.at("resource").at("attributes").at(0).at("value").at("stringValue"), "p");
  const auto& list = of.at("scopeSpans").at(0).at("spans");
  EXPECT_EQ(list.at(0).at("traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(list.at(0).at("parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(list.at(0).at("spanId"), "00000000000000ab");
  EXPECT_EQ(list.at(1).at("spanId"), "00000000000000ac");
  EXPECT_EQ(list.at(0).at("startTimeUnixNano"), "1000000000");
  EXPECT_EQ(list.at(0).at("endTimeUnixNano"), "1000250000");
  EXPECT_EQ(list.at(1).at("name"), "a \"b\"");
  EXPECT_EQ(list.at(1).at("status").at("code"), 2);
}

TEST(Traces, the_flags_and_the_share_choose_what_is_exported) {
  const std::string low = "00-4bf92f3577b34da6a3ce929d00000000-00f067aa0ba902b7-0";
  const std::string high = "00-4bf92f3577b34da6a3ce929dffffffff-00f067aa0ba902b7-0";

  EXPECT_TRUE(is_exported(low + "1", 1));
  EXPECT_TRUE(is_exported(low + "3", 1));
  EXPECT_TRUE(is_exported(low + "b", 1));
  EXPECT_FALSE(is_exported(low + "0", 1));
  EXPECT_FALSE(is_exported(low + "2", 1));
  EXPECT_TRUE(is_exported(high + "1", 1));
  EXPECT_TRUE(is_exported(low + "1", 0.01));
  EXPECT_FALSE(is_exported(high + "1", 0.99));
  EXPECT_FALSE(is_exported(low + "1", 0));
}

TEST(Traces, an_endpoint_names_host_port_and_path) {
  const auto text = [](const std::string& endpoint) {
    const Collector collector = collector_of(endpoint);
    return (collector.tls ? "TLS " : "") + collector.host + " " + collector.port + " " +
           collector.path;
  };

  EXPECT_EQ(text("http://c"), "c 4318 /v1/traces");
  EXPECT_EQ(text("http://c:1/"), "c 1 /v1/traces");
  EXPECT_EQ(text("http://c.d:12/otlp/v1/traces"), "c.d 12 /otlp/v1/traces");
  EXPECT_EQ(text("http://[::1]:4318"), "::1 4318 /v1/traces");
  EXPECT_EQ(text("https://c:4319"), "TLS c 4319 /v1/traces");
  for (const char* wrong : {"", "c:4318", "ftp://c", "http://", "https://", "http://:1",
                            "http://c:", "http://c:x", "http://user@c", "http://a b"}) {
    EXPECT_THROW(collector_of(wrong), SettingsError) << wrong;
  }
}

TEST(Traces, without_an_endpoint_nothing_is_wanted) {
  Metrics metrics("segue-recommender");
  Traces traces(TracesConfig(), "segue-recommender", "1", metrics);

  EXPECT_FALSE(traces.wants(kParent));
  traces.add({{.traceparent = std::string(kParent), .name = "recommend"}});
  EXPECT_EQ(metrics.text().find("segue_trace_spans_total{"), std::string::npos);
}

TEST(Traces, more_spans_than_may_wait_are_dropped_and_counted) {
  Metrics metrics("segue-recommender");
  {
    // No server listens at port 1 of the loopback.
    Traces traces({.endpoint = "http://127.0.0.1:1", .ca = {}}, "segue-recommender", "1", metrics);
    const Span span{.traceparent = std::string(kParent), .name = "recommend"};
    traces.add(std::vector<Span>(Traces::kWaitingMax + 7, span));

    EXPECT_NE(metrics.text().find("segue_trace_spans_total{outcome=\"dropped\"} 7\n"),
              std::string::npos);
  }
  const std::string all = std::to_string(Traces::kWaitingMax + 7);
  EXPECT_NE(metrics.text().find("segue_trace_spans_total{outcome=\"dropped\"} " + all + "\n"),
            std::string::npos)
      << "what waits at the end is dropped, too";
}

}  // namespace
}  // namespace segue::io
