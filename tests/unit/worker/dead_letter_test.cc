#include "deploy/admin/letters/dead_letter.h"

#include <gtest/gtest.h>

namespace segue::admin {
namespace {

Record letter() {
  return {.partition = 2,
          .offset = 17,
          .timestamp = 1'790'000'000 * kSecond,
          .key = "ada",
          .value = "{\"a\": 1",
          .headers = {{"ce_id", "1"},
                      {"segue_dlq_original_topic", "segue.events.v1"},
                      {"segue_dlq_original_partition", "3"},
                      {"segue_dlq_original_offset", "1207"},
                      {"segue_dlq_reason", "malformed"},
                      {"segue_dlq_detail", "no end"},
                      {"segue_dlq_stage", "decode"},
                      {"segue_dlq_attempts", "1"},
                      {"traceparent", "00-1"}}};
}

void set(Record& record, std::string_view name, const std::string& value) {
  for (Header& header : record.headers) {
    if (header.name == name) header.value = value;
  }
}

TEST(DeadLetter, says_what_was_refused_where_and_why) {
  const auto read = read_dead_letter(letter());

  ASSERT_TRUE(read);
  EXPECT_EQ(text_of(read->original), "segue.events.v1/3/1207");
  EXPECT_EQ(read->reason, "malformed");
  EXPECT_EQ(read->stage, "decode");
  EXPECT_EQ(read->attempts, 1);
}

TEST(DeadLetter, a_record_without_our_headers_is_none) {
  Record foreign = letter();
  foreign.headers.clear();
  Record odd = letter();
  set(odd, "segue_dlq_original_offset", "-1");
  Record huge = letter();
  set(huge, "segue_dlq_original_partition", "4294967296");
  Record nameless = letter();
  set(nameless, "segue_dlq_original_topic", "");

  EXPECT_EQ(read_dead_letter(foreign).error().reason, Reason::missing_field);
  EXPECT_EQ(read_dead_letter(odd).error().reason, Reason::bad_field);
  EXPECT_EQ(read_dead_letter(huge).error().reason, Reason::bad_field);
  EXPECT_EQ(read_dead_letter(nameless).error().reason, Reason::bad_field);
}

TEST(DeadLetter, is_put_back_byte_for_byte_and_says_where_from) {
  Record refused_again = letter();
  refused_again.headers.push_back({"segue_put_back_from", "segue.dlq.v1/0/1"});

  const io::Publication back = put_back(*read_dead_letter(refused_again), refused_again);

  EXPECT_EQ(back.topic, "segue.events.v1");
  EXPECT_EQ(back.partition, -1);
  EXPECT_EQ(back.key, "ada");
  EXPECT_EQ(back.value, "{\"a\": 1");
  const std::vector<Header> wanted = {
      {"ce_id", "1"}, {"traceparent", "00-1"}, {"segue_put_back_from", "segue.dlq.v1/2/17"}};
  EXPECT_EQ(back.headers, wanted);
}

TEST(DeadLetter, without_a_key_goes_to_the_partition_it_came_from) {
  Record keyless = letter();
  keyless.key.reset();
  keyless.value.reset();

  const io::Publication back = put_back(*read_dead_letter(keyless), keyless);

  EXPECT_EQ(back.partition, 3);
  EXPECT_EQ(back.value, std::nullopt);
}

TEST(DeadLetter, filters_are_a_conjunction) {
  const DeadLetter read = *read_dead_letter(letter());
  const Micros time = letter().timestamp;

  EXPECT_TRUE(matches({}, read, time));
  EXPECT_TRUE(
      matches({.reason = "malformed", .topic = "segue.events.v1", .original = {}}, read, time));
  EXPECT_FALSE(
      matches({.reason = "too_old", .topic = "segue.events.v1", .original = {}}, read, time));
  EXPECT_FALSE(matches(
      {.reason = {}, .topic = {}, .original = read_place("segue.events.v1/3/1208")}, read, time));
  EXPECT_TRUE(matches({.reason = {}, .topic = {}, .original = {}, .since = time, .until = time},
                      read, time));
  EXPECT_FALSE(matches({.reason = {}, .topic = {}, .original = {}, .since = time + 1}, read, time));
  EXPECT_FALSE(matches({.reason = {}, .topic = {}, .original = {}, .since = 0, .until = time - 1},
                       read, time));
}

TEST(DeadLetter, a_place_reads_back) {
  EXPECT_EQ(text_of(*read_place("a/b/3/4")), "a/b/3/4");
  for (const char* wrong : {"", "/", "//", "a", "a/1", "a/1/", "a//1", "/1/2", "a/-1/2", "a/1/x"}) {
    EXPECT_FALSE(read_place(wrong)) << wrong;
  }
}

TEST(DeadLetter, nothing_from_outside_reaches_the_terminal_unescaped) {
  Record nasty = letter();
  set(nasty, "segue_dlq_detail",
      "\x1b[31mred\n \xC2\x9B"
      "1m \xE2\x80\xAEmarg \xC2\xA9");
  nasty.key = "\xff\x01";
  nasty.value = "caf\xc3\xa9\x7f";

  const std::string text = whole_text_of(*read_dead_letter(nasty), nasty);

  EXPECT_NE(text.find("\\x1b[31mred\\x0a"), std::string::npos) << text;
  EXPECT_NE(text.find("\\xc2\\x9b1m \\xe2\\x80\\xaemarg \xC2\xA9"), std::string::npos) << text;
  EXPECT_NE(text.find("\\xff\\x01"), std::string::npos) << text;
  EXPECT_NE(text.find("caf\xc3\xa9\\x7f"), std::string::npos) << text;
}

TEST(DeadLetter, json_is_text_where_it_can_be_and_hex_where_not) {
  Record nasty = letter();
  nasty.value = "\xff\x00";
  nasty.value->push_back('\0');

  const std::string json = json_of(*read_dead_letter(nasty), nasty, true);

  EXPECT_NE(json.find(R"("key":"ada")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("value_hex":"ff00")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"name":"traceparent","value":"00-1"})"), std::string::npos) << json;
  EXPECT_EQ(json_of(*read_dead_letter(nasty), nasty, false).find("ada"), std::string::npos);
}

}  // namespace
}  // namespace segue::admin
