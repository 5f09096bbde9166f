#include "core/item/catalog.h"

#include <gtest/gtest.h>

#include <string>

namespace segue {
namespace {

CatalogEntry lanterns() {
  return {.track_id = "t-1",
          .title = "Paper \"Lanterns\"",
          .artist_id = "a-1",
          .artist = "The Quiet Harbour",
          .album = "Slow Rivers",
          .tags = {"folk", "acoustic"},
          .mood = "calm",
          .genre = "folk",
          .duration_ms = 201'000,
          .year = 1959,
          .is_explicit = false,
          .audio_url = "https://audio.example/t-1.ogg",
          .ai = Disclosure{.composed = Degree::generated, .lyrics = Degree::assisted},
          .wish = "folk|calm|70|60"};
}

TEST(Catalog, an_entry_survives_the_way_there_and_back) {
  const auto back = decode_catalog(encode(lanterns()));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, lanterns());
}

TEST(Catalog, what_is_unknown_is_left_out) {
  CatalogEntry bare;
  bare.track_id = "t-1";

  EXPECT_EQ(encode(bare), R"({"track_id":"t-1"})");
  EXPECT_EQ(*decode_catalog(encode(bare)), bare);
}

TEST(Catalog, unknown_fields_and_nulls_are_ignored) {
  const auto entry =
      decode_catalog(R"({"track_id":"t-1","licence":"CC-BY-4.0","ai":{"a":[1]},"title":null})");

  ASSERT_TRUE(entry) << entry.error().detail;
  EXPECT_EQ(entry->title, "");
}

TEST(Catalog, the_label_says_to_what_degree_a_machine_made_each_part) {
  const auto entry = decode_catalog(
      R"({"track_id":"t-1","ai":{"composed":"generated","voice":"none","lyrics":"assisted"}})");

  ASSERT_TRUE(entry && entry->ai);
  EXPECT_EQ(*entry->ai, (Disclosure{.composed = Degree::generated, .lyrics = Degree::assisted}));
  EXPECT_EQ(parts_made(*entry->ai), bit_of(AiPart::composed) | bit_of(AiPart::lyrics));
  EXPECT_EQ(encode(*entry),
            R"({"track_id":"t-1","ai":{"composed":"generated","lyrics":"assisted"}})");
}

TEST(Catalog, a_label_of_yes_and_no_is_read_as_degrees) {
  const auto entry = decode_catalog(
      R"({"track_id":"t-1","ai":{"composed":true,"performed":false,"system":"a machine"}})");

  ASSERT_TRUE(entry && entry->ai);
  EXPECT_EQ(*entry->ai, Disclosure{.composed = Degree::generated});
}

TEST(Catalog, texts_for_readers_are_as_long_as_those_of_listens) {
  const std::string much(20'000, 'x');
  const auto entry = decode_catalog(R"({"track_id":"t","artist_id":"a","title":")" + much +
                                    R"(","artist":")" + much + R"(","genre":"a\u202Eb\nc"})");

  ASSERT_TRUE(entry) << entry.error().detail;
  EXPECT_EQ(entry->title, std::string(200, 'x'));
  EXPECT_EQ(entry->artist, std::string(200, 'x'));
  EXPECT_EQ(entry->genre, "ab c");
}

TEST(Catalog, a_byte_order_mark_says_nothing) {
  const auto entry = decode_catalog("\xEF\xBB\xBF{\"track_id\":\"t-1\"}");

  ASSERT_TRUE(entry) << entry.error().detail;
  EXPECT_EQ(entry->track_id, "t-1");
}

TEST(Catalog, refuses_what_is_no_entry) {
  const auto reason = [](const std::string& json) {
    const auto entry = decode_catalog(json);
    EXPECT_FALSE(entry) << json.substr(0, 60);
    return entry ? Reason::quarantined : entry.error().reason;
  };

  EXPECT_EQ(reason(""), Reason::malformed);
  EXPECT_EQ(reason("[]"), Reason::malformed);
  EXPECT_EQ(reason(R"({"track_id":"t-1")"), Reason::malformed);
  EXPECT_EQ(reason("{\"track_id\":\"\xFF\"}"), Reason::malformed);
  EXPECT_EQ(reason("{}"), Reason::missing_field);
  EXPECT_EQ(reason(R"({"track_id":""})"), Reason::missing_field);
  EXPECT_EQ(reason(R"({"track_id":7})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":" "})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"\u200B\uFEFF"})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","artist_id":"\u00A0"})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":")" + std::string(129, 'x') + R"("})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","tags":"folk"})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","tags":[1]})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","duration_ms":-1})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","duration_ms":2147483648})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","year":999})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","year":"1959"})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","ai":true})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","ai":{"composed":"yes"}})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","ai":{"voice":1}})"), Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","wish":")" + std::string(513, 'x') + R"("})"),
            Reason::bad_field);
  EXPECT_EQ(reason(R"({"track_id":"t","x":)" + std::string(40, '[') + std::string(40, ']') + "}"),
            Reason::too_deep);
  EXPECT_EQ(reason(std::string(kCatalogBytesMax + 1, ' ')), Reason::too_large);
}

}  // namespace
}  // namespace segue
