#include "core/io/store/s3_text.h"

#include <gtest/gtest.h>

namespace segue::io {
namespace {

constexpr std::string_view kPage = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>music</Name>
  <IsTruncated>true</IsTruncated><NextContinuationToken>1/a&amp;+=</NextContinuationToken>
  <Contents><Key>m/files/a.flac</Key><LastModified>2026-11-30T09:07:16.250Z</LastModified>
    <Owner><ID>x</ID></Owner><Size>300000</Size></Contents>
  <Contents><Key>m/files/b.mid</Key><LastModified>2026-11-30T09:07:17Z</LastModified>
    <Size>0</Size></Contents>
  <CommonPrefixes><Prefix>m/x/</Prefix></CommonPrefixes>
</ListBucketResult>)";

TEST(S3Text, a_page_names_objects_and_where_the_next_begins) {
  const auto page = read_s3_page(kPage);

  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->objects.size(), 2U);
  EXPECT_EQ(page->objects[0].name, "m/files/a.flac");
  EXPECT_EQ(page->objects[0].bytes, 300'000U);
  EXPECT_EQ(page->objects[0].modified, *parse_time("2026-11-30T09:07:16.250Z"));
  EXPECT_EQ(page->objects[1].name, "m/files/b.mid");
  EXPECT_EQ(page->next, "1/a&+=");
}

TEST(S3Text, what_is_no_page_is_refused) {
  const std::string whole(kPage);
  for (const std::string& text :
       {std::string(), std::string("Welcome"), whole.substr(0, whole.size() / 2),
        std::string("<Error><Code>NoSuchBucket</Code></Error>"),
        std::string("<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult>&b;</ListBucketResult>"),
        std::string("<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>"),
        std::string("<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents>"
                    "</ListBucketResult>")}) {
    EXPECT_FALSE(read_s3_page(text).has_value()) << text;
  }
}

TEST(S3Text, depth_and_length_are_bounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  const std::string tail = "</Code></Error>";

  EXPECT_FALSE(read_s3_page(deep).has_value());
  EXPECT_EQ(read_s3_problem(deep).code, "");
  EXPECT_EQ(read_s3_problem("<Error><Code>" + std::string(10'000, 'x') + tail).code, "");
}

TEST(S3Text, a_complaint_has_its_code) {
  const S3Problem problem = read_s3_problem(
      "<Error><Code>PermanentRedirect</Code><Message>m</Message><Region>eu-north-1</Region>"
      "</Error>");

  EXPECT_EQ(problem.code, "PermanentRedirect");
  EXPECT_EQ(problem.region, "eu-north-1");
  EXPECT_EQ(read_s3_problem("<html>Bad gateway</html>").code, "");
}

TEST(S3Text, a_query_is_encoded_as_signatures_want_it) {
  EXPECT_EQ(query_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(query_encoded("m/files/ +=&\xC3\xA4"), "m%2Ffiles%2F%20%2B%3D%26%C3%A4");
}

}  // namespace
}  // namespace segue::io
