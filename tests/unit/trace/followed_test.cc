#include "deploy/trace/followed.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "core/event/topics.h"
#include "core/generation/published_decision.h"
#include "core/generation/result.h"
#include "core/item/item_signal.h"

namespace segue::trace {
namespace {

constexpr Micros kAt = 1'790'000'000 * kSecond;

Record event(const std::string& id) {
  return {.partition = 3,
          .offset = 1'207,
          .timestamp = kAt,
          .key = "ada",
          .value = "{}",
          .headers = {{"ce_id", id}, {"ce_type", "segue.playback.completed.v1"}}};
}

Record after(Micros micros, std::vector<Header> headers, std::string value = "{}") {
  return {.partition = 1,
          .offset = 5,
          .timestamp = kAt + micros,
          .key = "ada",
          .value = std::move(value),
          .headers = std::move(headers)};
}

std::vector<std::string> stages(const Followed& followed) {
  std::vector<std::string> names;
  for (const Sighting& one : followed.sightings()) names.push_back(one.stage);
  return names;
}

TEST(Followed, finds_the_event_and_counts_its_retries) {
  Followed followed("e-1");
  followed.take_event(event("e-2"));
  EXPECT_FALSE(followed.found());

  followed.take_event(event("e-1"));
  followed.take_event(event("e-1"));

  EXPECT_EQ(stages(followed), std::vector<std::string>{"event"});
  EXPECT_EQ(followed.retries(), 1);
}

TEST(Followed, takes_the_list_of_its_own_offset_alone) {
  Followed followed("e-1");
  followed.take_event(event("e-1"));

  followed.take_effect(topic::kRecommendations,
                       after(4'000, {{"ce_id", "segue.events.v1/3/1207/0"}}));
  followed.take_effect(topic::kRecommendations,
                       after(5'000, {{"ce_id", "segue.events.v1/3/12071/0"}}));
  followed.take_effect(topic::kRecommendations,
                       after(5'000, {{"ce_id", "segue.events.v1/3/120/0"}}));

  EXPECT_EQ(stages(followed), (std::vector<std::string>{"event", "list"}));
}

TEST(Followed, takes_the_decision_of_its_own_offset_alone) {
  Followed followed("e-1");
  followed.take_event(event("e-1"));
  PublishedDecision made;
  made.id = "segue.events.v1/3/1207/1";
  made.user_id = "ada";
  made.time = kAt;
  made.trigger.decision.choice = Course::generate;
  made.trigger.decision.rule = Rule::skips;
  made.answer = Answer::offered;

  followed.take_effect(topic::kGenerationDecisions,
                       after(4'000, {{"ce_id", made.id}}, encode(made)));
  followed.take_effect(topic::kGenerationDecisions,
                       after(5'000, {{"ce_id", "segue.events.v1/3/12071/1"}}, encode(made)));

  EXPECT_EQ(stages(followed), (std::vector<std::string>{"event", "decision"}));
  EXPECT_EQ(followed.sightings().back().detail, "generate, because of skips; answer offered");
}

TEST(Followed, takes_signals_that_cover_its_offset) {
  Followed followed("e-1");
  followed.take_event(event("e-1"));
  const auto signal = [](std::int64_t offset) {
    return ItemSignal{.offset = offset,
                      .kind = SignalKind::followed,
                      .item = {7},
                      .other = {8},
                      .distance = 2,
                      .time = kAt,
                      .name = {}};
  };
  const SignalBatch batch{.source = "segue.events.v1@8f14",
                          .partition = 3,
                          .first = 1'200,
                          .next = 1'208,
                          .signals = {signal(1'206), signal(1'207)}};
  SignalBatch other = batch;
  other.partition = 4;

  followed.take_effect(topic::kItemSignals, after(3'000, {}, encode(batch)));
  followed.take_effect(topic::kItemSignals, after(3'000, {}, encode(other)));

  ASSERT_EQ(stages(followed), (std::vector<std::string>{"event", "signals"}));
  EXPECT_EQ(followed.sightings()[1].detail, "1 of the record's 2");
}

TEST(Followed, orders_what_it_saw_by_time) {
  Followed followed("e-1");
  followed.take_event(event("e-1"));
  const std::vector<Header> letter = {{"segue_dlq_original_topic", "segue.events.v1"},
                                      {"segue_dlq_original_partition", "3"},
                                      {"segue_dlq_original_offset", "1207"},
                                      {"segue_dlq_reason", "null_key"}};

  followed.take_effect(topic::kRecommendations,
                       after(9'000, {{"ce_id", "segue.events.v1/3/1207/0"}}));
  followed.take_effect(topic::kDeadLetters, after(2'000, letter));

  EXPECT_EQ(stages(followed), (std::vector<std::string>{"event", "dead letter", "list"}));
}

TEST(Followed, prints_times_since_the_event_and_no_listener) {
  Followed followed("e-1");
  followed.take_event(event("e-1"));
  followed.take_effect(topic::kRecommendations,
                       after(4'000, {{"ce_id", "segue.events.v1/3/1207/0"}}));
  const std::vector<Sighting> all = followed.sightings();

  const std::string line = line_of(all[1], all[0], all[0]);

  EXPECT_NE(line.find("+0.004 s (+0.004 s)  list"), std::string::npos) << line;
  EXPECT_NE(line.find("segue.recommendations.v1/1/5"), std::string::npos);
  EXPECT_EQ(line.find("ada"), std::string::npos);
  EXPECT_NE(json_of(all[1], all[0], all[0]).find("\"since_event_us\":4000"), std::string::npos);
}

TEST(Followed, becomes_spans_of_the_trace_that_the_event_names) {
  Followed followed("e-1");
  Record traced = event("e-1");
  traced.headers.push_back(
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
  followed.take_event(traced);
  followed.take_effect(topic::kRecommendations,
                       after(4'000, {{"ce_id", "segue.events.v1/3/1207/0"}}));

  simdjson::dom::parser parser;
  simdjson::dom::array spans;
  ASSERT_EQ(parser.parse(otlp_of(followed))["resourceSpans"].at(0)["scopeSpans"].at(0)["spans"].get(
                spans),
            simdjson::SUCCESS);
  const auto text = [&](std::size_t span, const char* key) {
    return std::string(spans.at(span)[key].get_string().value());
  };

  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(text(0, "traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(text(0, "parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(text(1, "parentSpanId"), text(0, "spanId"));
  EXPECT_EQ(text(1, "name"), "list");
  EXPECT_EQ(text(1, "startTimeUnixNano"), "1790000000000000000");
  EXPECT_EQ(text(1, "endTimeUnixNano"), "1790000000004000000");
}

TEST(Followed, takes_no_trace_that_is_not_as_w3c_writes_it) {
  for (const std::string wrong : {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\"",
                                  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                  "0000-bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"}) {
    Followed followed("e-1");
    Record traced = event("e-1");
    traced.headers.push_back({"traceparent", wrong});

    followed.take_event(traced);

    EXPECT_EQ(followed.traceparent(), "") << wrong;
    EXPECT_EQ(otlp_of(followed).find("parentSpanId"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace segue::trace
