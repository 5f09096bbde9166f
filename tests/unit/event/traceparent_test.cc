#include "core/event/traceparent.h"

#include <gtest/gtest.h>

namespace segue::test {
namespace {

constexpr std::string_view kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Traceparent, is_what_w3c_writes) {
  EXPECT_TRUE(is_traceparent(kGood));
  EXPECT_EQ(trace_id_in(kGood), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(span_id_in(kGood), "b7ad6b7169203331");
}

TEST(Traceparent, is_nothing_else) {
  for (const std::string_view text :
       {"", "00", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "-------------------------------------------------------"}) {
    EXPECT_FALSE(is_traceparent(text)) << text;
  }
}

TEST(Traceparent, of_a_record_is_its_headers_or_none) {
  Record record;
  EXPECT_EQ(traceparent_of(record), "");
  record.headers = {{"traceparent", "\xff\xfe"}};
  EXPECT_EQ(traceparent_of(record), "");
  record.headers = {{"traceparent", std::string(kGood)}};
  EXPECT_EQ(traceparent_of(record), kGood);
}

}  // namespace
}  // namespace segue::test
