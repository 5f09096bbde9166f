#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/event/event.h"

// Seeds and filters: what is read, and the one line that says what is wrong.
namespace segue {
namespace {

using namespace std::string_literals;

Record request_record(const std::string& wish) {
  return {.partition = 0,
          .offset = 1,
          .timestamp = 1'795'228'012'125'000,
          .key = "ada",
          .value = R"({"user_id":"ada","time":"2026-11-21T02:26:52Z",)" + wish + "}",
          .headers = {{"ce_type", "segue.request.made.v1"}, {"ce_id", "e"}}};
}

std::string complaint(const std::string& wish) {
  EventDecoder decoder;
  const auto event = decoder.decode(request_record(wish));
  return event ? "" : std::string(name_of(event.error().reason)) + ": " + event.error().detail;
}

TEST(RequestDecode, seeds_are_read_the_heaviest_first) {
  EventDecoder decoder;

  const auto event = decoder.decode(request_record(
      R"("seeds":[{"artist_id":"miles","weight":-0.5},{"track_id":"blue","weight":0.25},{"track_id":"so"}])"));

  ASSERT_TRUE(event) << event.error().detail;
  const std::vector<Seed> seeds = {{.track = track_id("so"), .artist = {}, .weight = 1},
                                   {.track = track_id("blue"), .artist = {}, .weight = 0.25F},
                                   {.track = {}, .artist = artist_id("miles"), .weight = -0.5F}};
  EXPECT_EQ(event->request->seeds, seeds);
}

TEST(RequestDecode, a_filter_is_read_with_all_its_parts) {
  EventDecoder decoder;

  const auto event = decoder.decode(request_record(
      R"("filter":{"genres":["Jazz","folk","jazz"],"kind":"recorded","seconds":{"min":59.5,"max":400},"year":{"max":1979},"not_heard_days":30})"));

  ASSERT_TRUE(event) << event.error().detail;
  Filter filter;
  filter.genres = {kind_hash("jazz"), kind_hash("folk")};
  std::sort(filter.genres.begin(), filter.genres.end());
  filter.kind = Filter::Kind::recorded;
  filter.length_ms = {.min = 59'500, .max = 400'000};
  filter.year.max = 1979;
  filter.not_heard_days = 30;
  EXPECT_EQ(event->request->filter, filter);
}

TEST(RequestDecode, what_is_wrong_with_a_wish_names_its_field) {
  const std::string nine = R"({"track_id":"a"},{"track_id":"b"},{"track_id":"c"},)"
                           R"({"track_id":"d"},{"track_id":"e"},{"track_id":"f"},)"
                           R"({"track_id":"g"},{"track_id":"h"},{"track_id":"i"})";
  for (const auto& [wish, wrong] : {
           std::pair(R"("seeds":{})"s, "bad_field: seeds is not a list of at most 8"s),
           std::pair(R"("seeds":[)" + nine + "]", "bad_field: seeds is not a list of at most 8"s),
           std::pair(R"("seeds":["a"])"s, "bad_field: seeds[0] is not a JSON object"s),
           std::pair(R"("seeds":[{}])"s,
                     "bad_field: seeds[0] does not have one of track_id and artist_id"s),
           std::pair(R"("seeds":[{"track_id":"a","artist_id":"b"}])"s,
                     "bad_field: seeds[0] does not have one of track_id and artist_id"s),
           std::pair(R"("seeds":[{"track_id":"a"},{"track_id":"b","weight":1.5}])"s,
                     "bad_field: seeds[1].weight is not a number in its range"s),
           std::pair(R"("seeds":[{"track_id":"a","weight":0}])"s,
                     "bad_field: seeds[0].weight is nearer to 0 than 0.01, which says nothing"s),
           std::pair(R"("seeds":[{"track_id":"a","weight":null}])"s,
                     "bad_field: seeds[0].weight is null"s),
           std::pair(R"("seeds":[{"track_id":"a","track_id":"b"}])"s,
                     "bad_field: seeds[0].track_id stands twice"s),
           std::pair(R"("seeds":[{"track_id":""}])"s,
                     "bad_field: seeds[0].track_id is empty or longer than 128 bytes"s),
           std::pair(
               R"("seeds":[{"track_id":"a","wait":1}])"s,
               "bad_field: seeds[0] has a field that is none of track_id, artist_id, weight"s),
           std::pair(R"("seeds":[{"track_id":"a"},{"track_id":"a","weight":-1}])"s,
                     "bad_field: seeds names the same twice"s),
           std::pair(R"("seed_track_id":"a","seeds":[{"track_id":"a"}])"s,
                     "bad_field: seeds names the same twice"s),
           std::pair(R"("filter":[])"s, "bad_field: filter is not a JSON object"s),
           std::pair(R"("filter":{"colour":"blue"})"s,
                     "bad_field: filter has a field that is none of genres, kind, seconds, year, "
                     "not_heard_days"s),
           std::pair(R"("filter":{"genres":[]})"s,
                     "bad_field: filter.genres is empty or holds a text without a letter"s),
           std::pair(R"("filter":{"genres":["jazz",""]})"s,
                     "bad_field: filter.genres is empty or holds a text without a letter"s),
           std::pair(R"("filter":{"genres":"jazz"})"s,
                     "bad_field: filter.genres is not a list of at most 8 texts"s),
           std::pair(R"("filter":{"kind":"podcast"})"s,
                     "bad_field: filter.kind is not recorded or composed"s),
           std::pair(R"("filter":{"kind":7})"s, "bad_field: filter.kind is not a text"s),
           std::pair(R"("filter":{"seconds":90})"s,
                     "bad_field: filter.seconds is not a JSON object"s),
           std::pair(R"("filter":{"seconds":{}})"s,
                     "bad_field: filter.seconds has neither min nor max"s),
           std::pair(R"("filter":{"seconds":{"min":0}})"s,
                     "bad_field: filter.seconds.min is not a number in its range"s),
           std::pair(R"("filter":{"seconds":{"max":1e9}})"s,
                     "bad_field: filter.seconds.max is not a number in its range"s),
           std::pair(R"("filter":{"seconds":{"min":90,"max":60}})"s,
                     "bad_field: filter.seconds.min is more than its max"s),
           std::pair(R"("filter":{"year":{"min":1970.5}})"s,
                     "bad_field: filter.year.min is no whole number"s),
           std::pair(R"("filter":{"year":{"from":1970}})"s,
                     "bad_field: filter.year has a field that is none of min, max"s),
           std::pair(R"("filter":{"year":{"min":1999,"max":1970}})"s,
                     "bad_field: filter.year.min is more than its max"s),
           std::pair(R"("filter":{"not_heard_days":0})"s,
                     "bad_field: filter.not_heard_days is not a whole number in its range"s),
           std::pair(R"("filter":{"not_heard_days":null})"s,
                     "bad_field: filter.not_heard_days is null"s),
           std::pair(R"("genre":"rock","filter":{"genres":["jazz"]})"s,
                     "bad_field: filter.genres leaves out what genre asks for"s),
           std::pair(R"("seconds":90,"filter":{"seconds":{"max":60}})"s,
                     "bad_field: filter.seconds leaves out what seconds asks for"s),
           std::pair(R"("generate":true,"filter":{"kind":"recorded"})"s,
                     "bad_field: filter.kind is recorded, and generate asks for a composed track"s),
           std::pair(R"("filter":{"not_heard_days":NaN})"s, "malformed"s),
       }) {
    EXPECT_TRUE(complaint(wish).starts_with(wrong)) << wish << "\n  says " << complaint(wish);
  }
}

TEST(RequestDecode, no_seeds_and_no_filter_are_nothing_asked) {
  for (const char* const wish :
       {R"("seeds":[])", R"("filter":{})", R"("filter":null,"seeds":null)"}) {
    EventDecoder decoder;

    const auto event = decoder.decode(request_record(wish));

    ASSERT_TRUE(event) << wish << event.error().detail;
    EXPECT_EQ(event->request, Request{}) << wish;
  }
}

}  // namespace
}  // namespace segue
