#include "core/time.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace segue {
namespace {

constexpr Micros kSample = 1'795'228'012 * kSecond + 125 * kMillisecond;

TEST(Time, reads_utc_with_a_fraction) {
  const auto time = parse_time("2026-11-21T02:26:52.125Z");

  ASSERT_TRUE(time);
  EXPECT_EQ(*time, kSample);
}

TEST(Time, reads_other_spellings_of_the_same_moment) {
  for (const char* text : {"2026-11-21T02:26:52.125000Z", "2026-11-21t02:26:52.1250009z",
                           "2026-11-21T04:26:52.125+02:00", "2026-11-20T21:11:52.125-05:15",
                           "2026-11-21T02:26:52.125-00:00"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, kSample) << text;
  }
}

TEST(Time, reads_the_borders) {
  EXPECT_EQ(*parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*parse_time("2000-02-29T00:00:00Z"), 951'782'400 * kSecond);
  EXPECT_EQ(*parse_time("2199-12-31T23:59:59.999999Z"), 7'258'118'400 * kSecond - 1);
  EXPECT_EQ(*parse_time("2016-12-31T23:59:60Z"), *parse_time("2017-01-01T00:00:00Z"));
}

TEST(Time, refuses_what_is_not_rfc_3339) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-21",
                           "2026-11-21T02:26:52",
                           "2026-11-21 02:26:52Z",
                           "2026-11-21T02:26:52.Z",
                           "2026-11-21T02:26:52ZZ",
                           "2026-11-21T02:26Z",
                           "2026-13-21T02:26:52Z",
                           "2026-00-21T02:26:52Z",
                           "2026-02-29T02:26:52Z",
                           "2100-02-29T02:26:52Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T02:60:52Z",
                           "2026-11-21T02:26:61Z",
                           "2026-11-21T02:26:52+0200",
                           "2026-11-21T02:26:52+24:00",
                           "2026-1-21T02:26:52Z",
                           "+026-11-21T02:26:52Z",
                           "1969-12-31T23:59:59Z",
                           "2200-01-01T00:00:00Z",
                           "1970-01-01T00:00:00+00:01",
                           "2199-12-31T23:59:59-00:01",
                           " 2026-11-21T02:26:52Z"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().reason, Reason::bad_time) << text;
  }
}

TEST(Time, writes_milliseconds) {
  EXPECT_EQ(format_time(kSample), "2026-11-21T02:26:52.125Z");
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(1'999), "1970-01-01T00:00:00.001Z");
}

TEST(Time, every_day_survives_the_way_there_and_back) {
  for (Micros time = 86'399'999 * kMillisecond; time < 7'258'118'400 * kSecond; time += kDay) {
    const auto back = parse_time(format_time(time));
    ASSERT_TRUE(back);
    ASSERT_EQ(*back, time);
  }
}

}  // namespace
}  // namespace segue
